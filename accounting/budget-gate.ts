import type { Excess, Spent, UsedUp } from '../contracts/spending.ts';

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
  /** @param asked about which tenants the account was asked: of others it says nothing. */
  adopt(usedUp: UsedUp, asked: readonly string[]): void;
  refusal(tenant: string | undefined): BudgetRefusal | undefined;
}

export interface BudgetNews {
  /** Told once of each budget and day. */
  readonly onUsedUp: (budget: { readonly tenant?: string; readonly because: string; readonly until: number }) => void;
  /** The account keeps no more tenants. Told once a day. */
  readonly onFull: () => void;
}

/** What is known of a day. */
interface Known {
  readonly until: number;
  total?: string | undefined;
  /** Why theirs have to wait, by tenant. */
  readonly tenants: Map<string, string>;
  readonly lifted: Set<string>;
  isFull: boolean;
}

export function createBudgetGate({ now, onUsedUp, onFull }: BudgetNews & { readonly now: () => number }): BudgetGate {
  let known = aDayUntil(0);

  function adoptTotal({ day, currency, until, total }: UsedUp): void {
    const because = total && `the total budget of ${day} is used up: ${inWords(total, currency)}`;
    if (because !== undefined && known.total === undefined && until > now()) onUsedUp({ because, until });
    known.total = because;
  }

  function adoptTenants({ day, currency, until, tenants, lifted }: UsedUp, asked: readonly string[]): void {
    const before = new Set(asked.filter((tenant) => known.tenants.delete(tenant)));
    for (const tenant of asked) known.lifted.delete(tenant);
    for (const tenant of lifted) known.lifted.add(tenant);
    for (const [tenant, excess] of tenants) {
      const because = `the tenant's budget of ${day} is used up: ${inWords(excess, currency)}`;
      known.tenants.set(tenant, because);
      if (!before.has(tenant) && until > now()) onUsedUp({ tenant, because, until });
    }
  }

  return {
    adopt(usedUp, asked) {
      if (known.until !== usedUp.until) known = aDayUntil(usedUp.until);
      adoptTotal(usedUp);
      adoptTenants(usedUp, asked);
      if (usedUp.isFull && !known.isFull) onFull();
      known.isFull = usedUp.isFull === true;
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

function aDayUntil(until: number): Known {
  return { until, tenants: new Map(), lifted: new Set(), isFull: false };
}

function inWords({ of, spent, limit }: Excess, currency = ''): string {
  if (of === 'tokens') return `${String(spent)} of ${String(limit)} tokens`;
  return `${(spent / 1e9).toFixed(6)} of ${String(limit / 1e9)} ${currency}`.trimEnd();
}
