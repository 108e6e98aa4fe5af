import {
  limitOf,
  NOTHING_SPENT,
  partSpent,
  SPENDING,
  type DayLimit,
  type SpendingState,
  type Spent,
} from '../contracts/spending.ts';
import { flagOption, UsageError, type Command } from './command.ts';
import { queryState } from './query-state.ts';
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
  /** By tenants of whom no account is kept, because there were too many before them: in the total alone. */
  readonly others: { readonly tokens: number; readonly cost: number } | null;
}

/** Tenants, to people; programs get all. */
const MOST_SHOWN = 100;

export const budgets: Command = {
  name: 'budgets',
  summary: 'what was spent of each budget today',
  help: `ctl budgets [--json]

The llm workers add up what they spend (BUDGETS_FILE), and tell every few seconds. A line for all messages together, and one
for each tenant that has a budget of its own, or has the default one and spent of it today. Of more than ${String(MOST_SHOWN)} tenants, those
are shown that have used most of their budgets.

  --json   an object, with all of them`,
  options: { json: { type: 'boolean' } },
  async run(args, { client, output }) {
    if (args.positionals.length > 0) throw new UsageError('budgets takes no names: it shows all.');
    const state = await queryState<SpendingState>(client, { workflowId: SPENDING.workflowId, query: SPENDING.state });
    const use = state && toDayUse(state);
    if (flagOption(args, 'json')) output.result(JSON.stringify(use ?? null, null, 2));
    else output.result(use === undefined ? 'No budgets are kept.' : describe(use, Date.now()));
    return true;
  },
};

export function toDayUse(state: SpendingState): DayUse {
  const { budgets: limits, day, endsAt, total, tenants, others } = state;
  const spentBy = new Map(tenants);
  const lifted = new Set(state.lifted);
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
          isLifted: lifted.has(name),
        }),
      ),
    ],
    others: others === undefined ? null : { tokens: others.tokens, cost: others.nanoCost / 1e9 },
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

export function describe({ day, timeZone, endsAt, currency, budgets: uses, others }: DayUse, now: number): string {
  const left = Date.parse(endsAt) - now;
  // The account turns its day with the first report after midnight.
  const until = left > 0 ? `ends in ${formatDuration(left)}` : 'has ended: nothing was spent since';
  const inMoney = (cost: number, limit: number | null) => (currency === null ? '-' : ofLimit(cost.toFixed(6), limit));
  const shown = mostUsed(uses);
  const table = formatTable(
    ['BUDGET', 'TOKENS', `COST${currency === null ? '' : ` (${currency})`}`, 'STATE'],
    [
      ...shown.map(({ tenant, tokens, tokensPerDay, cost, costPerDay, state }) => [
        tenant ?? '(total)',
        ofLimit(String(tokens), tokensPerDay),
        inMoney(cost, costPerDay),
        state,
      ]),
      ...(others === null
        ? []
        : [['(others)', String(others.tokens), inMoney(others.cost, null), 'in the total alone']]),
    ],
  );
  const more = uses.length - shown.length;
  return [
    `${day} (${timeZone}), ${until}`,
    table,
    ...(more > 0 ? [`and ${String(more)} tenants that have used less of their budgets: --json shows all`] : []),
  ].join('\n');
}

/** The total one, and of the others those that have used most, in their order. */
function mostUsed(uses: readonly BudgetUse[]): readonly BudgetUse[] {
  const tenants = uses.filter(({ tenant }) => tenant !== null).sort((a, b) => partUsed(b) - partUsed(a));
  const most = new Set(tenants.slice(0, MOST_SHOWN));
  return uses.filter((use) => use.tenant === null || most.has(use));
}

function partUsed({ tokens, tokensPerDay, cost, costPerDay }: BudgetUse): number {
  return Math.max(tokens / (tokensPerDay ?? Infinity), cost / (costPerDay ?? Infinity));
}

function ofLimit(used: string, limit: number | null): string {
  return limit === null ? used : `${used} of ${String(limit)}`;
}
