import { WorkflowNotFoundError } from '@temporalio/client';
import { PROVIDER_NAMES } from '../contracts/provider-names.ts';
import { RATE_BUDGET, type LeaseHolder, type RateBudgetState } from '../contracts/rate-budget.ts';
import { flagOption, UsageError, type Command, type CommandContext } from './command.ts';
import { formatDuration, formatTable } from './table.ts';

interface ProviderLimits extends RateBudgetState {
  readonly provider: string;
}

export const limits: Command = {
  name: 'limits',
  summary: "who has which part of a provider's limits",
  help: `ctl limits [--json]

The llm workers share their limits (LLM_REQUESTS_PER_MINUTE, LLM_TOKENS_PER_MINUTE) by leases of some seconds. A line for
each worker: its part of the limits, what that lets through, how much of its time the limits hold it back, and how long it
has its lease.

  --json   an array of objects, one for each provider`,
  options: { json: { type: 'boolean' } },
  async run(args, context) {
    if (args.positionals.length > 0) throw new UsageError('limits takes no names: it shows all.');
    const known = await Promise.all(PROVIDER_NAMES.map((provider) => limitsOf(provider, context)));
    const found = known.filter((one) => one !== undefined);
    const { output } = context;
    if (flagOption(args, 'json')) output.result(JSON.stringify(found, null, 2));
    else output.result(found.map((one) => describe(one, Date.now())).join('\n\n') || 'No limits are shared.');
    return true;
  },
};

/** `undefined`: none of its workers has a limit, or ever had one. */
async function limitsOf(provider: string, { client }: CommandContext): Promise<ProviderLimits | undefined> {
  try {
    const budget = client.workflow.getHandle(RATE_BUDGET.workflowId(provider));
    return { provider, ...(await budget.query<RateBudgetState>(RATE_BUDGET.state)) };
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return undefined;
    throw error;
  }
}

export function describe({ provider, holders, pausedUntil }: ProviderLimits, now: number): string {
  const paused = pausedUntil > now ? `: paused for ${formatDuration(pausedUntil - now)}, as the provider asked` : '';
  const current = holders.filter(({ until }) => until > now);
  if (current.length === 0) return `${provider}${paused}\nNo worker has a lease.`;
  return `${provider}${paused}\n${formatTable(
    ['WORKER', 'SHARE', 'REQUESTS/MIN', 'TOKENS/MIN', 'HELD BACK', 'LEASE ENDS IN'],
    current.map((holder) => [
      holder.worker,
      percent(holder.share),
      partOf(holder, holder.limits.requestsPerMinute),
      partOf(holder, holder.limits.tokensPerMinute),
      percent(holder.busy),
      formatDuration(holder.until - now),
    ]),
  )}`;
}

function partOf({ share }: LeaseHolder, limit: number | undefined): string {
  return limit === undefined ? '-' : `${(share * limit).toFixed(1)} of ${String(limit)}`;
}

function percent(part: number): string {
  return `${(part * 100).toFixed(1)} %`;
}
