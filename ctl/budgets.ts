import { WorkflowNotFoundError } from '@temporalio/client';
import {
  limitOf,
  NOTHING_SPENT,
  partSpent,
  SPENDING,
  type DayLimit,
  type SpendingState,
  type Spent,
} from '../contracts/spending.ts';
import { flagOption, UsageError, type Command, type CommandContext } from './command.ts';
import { formatDuration, formatTable } from './table.ts';

/** What one budget has come to, as programs get it (`--json`). */
export interface BudgetUse {
  /** `null`: the total one. */
  readonly tenant: string | null;
  readonly tokens: number;
  readonly tokensPerDay: number | null;
  readonly cost: number;
  readonly costPerDay: number | null;
  readonly state: 'open' | 'used up' | 'lifted';
}

export interface DayUse {
  readonly day: string;
  readonly timeZone: string;
  /** ISO 8601. */
  readonly endsAt: string;
  readonly currency: string | null;
  readonly budgets: readonly BudgetUse[];
}

export const budgets: Command = {
  name: 'budgets',
  summary: 'what was spent of each budget today',
  help: `ctl budgets [--json]

The llm workers add up what they spend (BUDGETS_FILE), and tell every few seconds. A line for all messages together, and one
for each tenant that has a budget of its own, or has the default one and spent of it today.

  --json   an object`,
  options: { json: { type: 'boolean' } },
  async run(args, { client, output }) {
    if (args.positionals.length > 0) throw new UsageError('budgets takes no names: it shows all.');
    const state = await readState(client);
    const use = state && toDayUse(state);
    if (flagOption(args, 'json')) output.result(JSON.stringify(use ?? null, null, 2));
    else output.result(use === undefined ? 'No budgets are kept.' : describe(use, Date.now()));
    return true;
  },
};

async function readState(client: CommandContext['client']): Promise<SpendingState | undefined> {
  try {
    return await client.workflow.getHandle(SPENDING.workflowId).query<SpendingState>(SPENDING.state);
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return undefined;
    throw error;
  }
}

export function toDayUse({ budgets: limits, day, endsAt, total, tenants, lifted }: SpendingState): DayUse {
  const spentBy = new Map(tenants);
  const names = [...new Set([...Object.keys(limits.tenants), ...spentBy.keys()])].sort();
  return {
    day,
    timeZone: limits.timeZone,
    endsAt: new Date(endsAt).toISOString(),
    currency: limits.currency ?? null,
    budgets: [
      toUse(null, total, { limit: limits.total, isLifted: false }),
      ...names.map((name) =>
        toUse(name, spentBy.get(name) ?? NOTHING_SPENT, {
          limit: limitOf(limits, name),
          isLifted: lifted.includes(name),
        }),
      ),
    ],
  };
}

function toUse(
  tenant: string | null,
  spent: Spent,
  { limit = {}, isLifted }: { limit: DayLimit | undefined; isLifted: boolean },
): BudgetUse {
  return {
    tenant,
    tokens: spent.tokens,
    tokensPerDay: limit.tokensPerDay ?? null,
    cost: spent.nanoCost / 1e9,
    costPerDay: limit.costPerDay ?? null,
    state: isLifted ? 'lifted' : partSpent(spent, limit) >= 1 ? 'used up' : 'open',
  };
}

export function describe({ day, timeZone, endsAt, currency, budgets: uses }: DayUse, now: number): string {
  const left = Date.parse(endsAt) - now;
  // The account turns its day with the first report after midnight.
  const until = left > 0 ? `ends in ${formatDuration(left)}` : 'has ended: nothing was spent since';
  return `${day} (${timeZone}), ${until}\n${formatTable(
    ['BUDGET', 'TOKENS', `COST${currency === null ? '' : ` (${currency})`}`, 'STATE'],
    uses.map(({ tenant, tokens, tokensPerDay, cost, costPerDay, state }) => [
      tenant ?? '(total)',
      ofLimit(String(tokens), tokensPerDay),
      currency === null ? '-' : ofLimit(cost.toFixed(6), costPerDay),
      state,
    ]),
  )}`;
}

function ofLimit(used: string, limit: number | null): string {
  return limit === null ? used : `${used} of ${String(limit)}`;
}
