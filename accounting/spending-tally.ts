import {
  addSpent,
  limitOf,
  NOTHING_SPENT,
  partSpent,
  type Budgets,
  type DayLimit,
  type Spent,
  type SpentBy,
} from '../contracts/spending.ts';

/** When so much of a budget came together in this process, the account should know at once. */
const URGENT_PART = 0.05;

export interface Takings {
  readonly total: Spent;
  /** Of tenants that have a budget; others are in the total only. */
  readonly tenants: readonly SpentBy[];
}

/** What was spent in this process since it was last taken. */
export interface SpendingTally {
  add(tenant: string | undefined, spent: Spent): void;
  /** The account should not be left without it for long. */
  readonly isUrgent: boolean;
  /** `undefined`: nothing. */
  take(): Takings | undefined;
}

export function createSpendingTally(budgets: Budgets): SpendingTally {
  let total = NOTHING_SPENT;
  let tenants = new Map<string, Spent>();
  let isUrgent = false;

  function note(spent: Spent, limit: DayLimit | undefined): Spent {
    if (limit !== undefined && partSpent(spent, limit) >= URGENT_PART) isUrgent = true;
    return spent;
  }

  return {
    add(tenant, spent) {
      total = note(addSpent(total, spent), budgets.total);
      const limit = tenant === undefined ? undefined : limitOf(budgets, tenant);
      if (tenant === undefined || limit === undefined) return;
      tenants.set(tenant, note(addSpent(tenants.get(tenant) ?? NOTHING_SPENT, spent), limit));
    },
    get isUrgent() {
      return isUrgent;
    },
    take() {
      if (total.tokens === 0 && total.nanoCost === 0) return undefined;
      const takings: Takings = { total, tenants: [...tenants] };
      total = NOTHING_SPENT;
      tenants = new Map();
      isUrgent = false;
      return takings;
    },
  };
}
