import { LIMIT_NAMES, type LimitName, type RateBudgetState, type RateLimits } from '../contracts/rate-budget.ts';
import {
  flagOption,
  textOption,
  UsageError,
  type Command,
  type CommandArguments,
  type CommandContext,
} from './command.ts';
import { budgetOf, knownBudgets, namedBudget, wish } from './provider-budget.ts';
import { formatDuration, formatTable } from './table.ts';

export interface ProviderLimits extends RateBudgetState {
  readonly provider: string;
}

const OPTIONS: Readonly<Record<LimitName, string>> = {
  requestsPerMinute: 'requests-per-minute',
  tokensPerMinute: 'tokens-per-minute',
};
const TITLES: Readonly<Record<LimitName, string>> = {
  requestsPerMinute: 'requests/min',
  tokensPerMinute: 'tokens/min',
};

export const limits: Command = {
  name: 'limits',
  summary: "a provider's limits: what they are, who has which part; set them",
  help: `ctl limits [--json]
ctl limits set [--requests-per-minute N] [--tokens-per-minute N] [--provider NAME]
ctl limits reset [--provider NAME]

The llm workers share their limits by leases of some seconds. Shown are the limits of all together (as configured, as an
operator set them, as the provider's headers name them, what was used of them in the last seconds, as a minute's, and what holds
now: less for a while after refused calls), whether calls are stopped, and a line for each worker: its part, what that lets through, how much of its time the
limits hold it back, and how long it has its lease.

set takes the place of what is configured in all workers, within seconds and until reset; what the
provider's headers name is still not exceeded. reset forgets what was set, learned from headers and lowered by refused calls.

Each provider has its limits; "all" are those of all providers together, where the providers file has a ceiling.

  --json   an array of objects, one for each provider`,
  options: {
    json: { type: 'boolean' },
    provider: { type: 'string' },
    'requests-per-minute': { type: 'string' },
    'tokens-per-minute': { type: 'string' },
  },
  async run(args, context) {
    const [action, ...rest] = args.positionals;
    if (rest.length > 0) throw new UsageError('limits takes nothing, set or reset.');
    if (action === undefined) return show(args, context);
    if (action === 'set') return set(args, wishedLimits(args), context);
    if (action === 'reset') return reset(args, context);
    throw new UsageError(`limits takes nothing, set or reset, not "${action}".`);
  },
};

async function show(args: CommandArguments, { client, output }: CommandContext): Promise<boolean> {
  const setting = ['provider', ...Object.values(OPTIONS)].filter((name) => args.values[name] !== undefined);
  if (setting.length > 0) throw new UsageError(`--${setting.join(', --')}: only with set or reset.`);
  const known = await Promise.all(
    (await knownBudgets(client)).map(async (provider): Promise<ProviderLimits | undefined> => {
      const state = await budgetOf(provider, client);
      return state && { provider, ...state };
    }),
  );
  const found = known.filter((one) => one !== undefined);
  if (flagOption(args, 'json')) output.result(JSON.stringify(found, null, 2));
  else output.result(found.map((one) => describe(one, Date.now())).join('\n\n') || 'No llm worker has run yet.');
  return true;
}

async function set(args: CommandArguments, wished: RateLimits, { client, output }: CommandContext): Promise<boolean> {
  const provider = await namedBudget(textOption(args, 'provider'), client);
  await wish(provider, { limits: wished }, client);
  const said = LIMIT_NAMES.flatMap((name) =>
    wished[name] === undefined ? [] : `${String(wished[name])} ${TITLES[name]}`,
  );
  output.result(`${provider}: ${said.join(', ')}.`);
  return true;
}

async function reset(args: CommandArguments, { client, output }: CommandContext): Promise<boolean> {
  const provider = await namedBudget(textOption(args, 'provider'), client);
  await wish(provider, { reset: true }, client);
  output.result(`${provider}: limits as configured again.`);
  return true;
}

/** @throws {UsageError} */
function wishedLimits(args: CommandArguments): RateLimits {
  const wished = LIMIT_NAMES.flatMap((name) => {
    const text = textOption(args, OPTIONS[name]);
    if (text === undefined) return [];
    if (!/^[1-9]\d{0,11}$/.test(text)) throw new UsageError(`--${OPTIONS[name]} takes a whole number above 0.`);
    return [[name, Number(text)] as const];
  });
  if (wished.length === 0) throw new UsageError(`limits set needs --${Object.values(OPTIONS).join(' or --')}.`);
  return Object.fromEntries(wished);
}

export function describe(limits: ProviderLimits, now: number): string {
  return [`${limits.provider}: ${gate(limits, now)}`, rates(limits), workers(limits, now)].join('\n');
}

function gate({ isPaused, open, pausedUntil }: ProviderLimits, now: number): string {
  if (isPaused) return 'paused by an operator: no calls';
  if (open !== undefined) {
    const probe = open.probeAt > now ? `the next probe in ${formatDuration(open.probeAt - now)}` : 'a probe is due';
    return `no calls for ${formatDuration(now - open.since)}, because of ${open.because}; ${probe}`;
  }
  if (pausedUntil > now) return `paused for ${formatDuration(pausedUntil - now)}, as the provider asked`;
  return 'calls go out';
}

function rates({ holders, wished, learned, rates: current, cuts }: ProviderLimits): string {
  const configured = (name: LimitName) => lowest(holders.map(({ limits }) => limits[name]));
  return formatTable(
    ['LIMIT', 'CONFIGURED', 'SET', 'BY HEADERS', 'USED', 'NOW'],
    LIMIT_NAMES.map((name) => [
      TITLES[name],
      ...[configured(name), wished[name], learned[name]].map((limit) => (limit === undefined ? '-' : String(limit))),
      round(holders.reduce((sum, { used }) => sum + used[name], 0)),
      current[name] === undefined
        ? 'not limited'
        : `${round(current[name])}${cuts[name] === undefined ? '' : ', lower after refused calls'}`,
    ]),
  );
}

function workers({ holders, rates: current }: ProviderLimits, now: number): string {
  if (holders.length === 0) return 'No worker has a lease.';
  const part = (share: number, limit: number | undefined) => (limit === undefined ? '-' : round(share * limit));
  return formatTable(
    ['WORKER', 'SHARE', 'REQUESTS/MIN', 'TOKENS/MIN', 'HELD BACK', 'LEASE ENDS IN'],
    holders.map(({ worker, share, busy, until }) => [
      worker,
      percent(share),
      part(share, current.requestsPerMinute),
      part(share, current.tokensPerMinute),
      percent(busy),
      formatDuration(until - now),
    ]),
  );
}

function lowest(limits: readonly (number | undefined)[]): number | undefined {
  const known = limits.filter((limit) => limit !== undefined);
  return known.length === 0 ? undefined : Math.min(...known);
}

function round(rate: number): string {
  return String(Number(rate.toFixed(1)));
}

function percent(part: number): string {
  return `${(part * 100).toFixed(1)} %`;
}
