import {
  addSpent,
  isNothing,
  limitOf,
  MAX_TENANTS_AT_ONCE,
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
  /** Something is about to be spent for the tenant: what the account knows of it should be asked for, whoever will have spent it. */
  expect(tenant: string | undefined): void;
  /** The account should not be left without it for long. */
  readonly isUrgent: boolean;
  /** The total, and of the tenants as many as one report takes. `undefined`: nothing is left. */
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

  function addTo(tenant: string | undefined, spent: Spent): void {
    const limit = tenant === undefined ? undefined : limitOf(budgets, tenant);
    if (tenant === undefined || limit === undefined) return;
    tenants.set(tenant, note(addSpent(tenants.get(tenant) ?? NOTHING_SPENT, spent), limit));
  }

  return {
    add(tenant, spent) {
      total = note(addSpent(total, spent), budgets.total);
      addTo(tenant, spent);
    },
    expect(tenant) {
      addTo(tenant, NOTHING_SPENT);
    },
    get isUrgent() {
      return isUrgent;
    },
    take() {
      if (isNothing(total) && tenants.size === 0) return undefined;
      const inOrder = [...tenants];
      const takings: Takings = { total, tenants: inOrder.slice(0, MAX_TENANTS_AT_ONCE) };
      total = NOTHING_SPENT;
      tenants = new Map(inOrder.slice(MAX_TENANTS_AT_ONCE));
      isUrgent = tenants.size > 0;
      return takings;
    },
  };
}
