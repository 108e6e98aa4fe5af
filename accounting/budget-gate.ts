import type { Spent, UsedUp } from '../contracts/spending.ts';

/** Why a message has to wait, and until when (milliseconds since the epoch). */
export interface BudgetRefusal {
  readonly until: number;
  readonly because: string;
  /** Whose budget it is. */
  readonly budget: 'tenant' | 'total';
}

/** What the activity asks before a call, and tells after it. */
export interface DayBudgets {
  /** `undefined`: go on. Never rejects: what is not known refuses nobody. */
  readonly refusal: (tenant: string | undefined) => Promise<BudgetRefusal | undefined>;
  readonly spent: (tenant: string | undefined, spent: Spent) => void;
}

/** The account's last word on whose budget is used up. */
export interface BudgetGate {
  adopt(usedUp: UsedUp): void;
  refusal(tenant: string | undefined): BudgetRefusal | undefined;
}

/** @param onUsedUp is told once of each budget and day. */
export function createBudgetGate(options: {
  readonly now: () => number;
  readonly onUsedUp: (budget: { readonly tenant?: string; readonly because: string; readonly until: number }) => void;
}): BudgetGate {
  const { now, onUsedUp } = options;
  let known = toKnown({ until: 0, tenants: [], lifted: [] });

  return {
    adopt(usedUp) {
      const { until } = usedUp;
      const before = known.until === until ? known : toKnown({ until, tenants: [], lifted: [] });
      known = toKnown(usedUp);
      if (until <= now()) return;
      if (usedUp.total !== undefined && before.total === undefined) onUsedUp({ because: usedUp.total, until });
      for (const [tenant, because] of usedUp.tenants) {
        if (!before.tenants.has(tenant)) onUsedUp({ tenant, because, until });
      }
    },
    refusal(tenant) {
      const { until, total, tenants, lifted } = known;
      if (until <= now() || (tenant !== undefined && lifted.has(tenant))) return undefined;
      const own = tenant === undefined ? undefined : tenants.get(tenant);
      if (own !== undefined) return { until, because: own, budget: 'tenant' };
      return total === undefined ? undefined : { until, because: total, budget: 'total' };
    },
  };
}

function toKnown({ until, total, tenants, lifted }: UsedUp) {
  return { until, total, tenants: new Map(tenants), lifted: new Set(lifted) };
}
