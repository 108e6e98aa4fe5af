import {
  addSpent,
  excessOf,
  isNothing,
  limitOf,
  NOTHING_SPENT,
  type Budgets,
  type SpendingReport,
  type SpendingState,
  type Spent,
  type UsedUp,
} from '../contracts/spending.ts';
import { dayOf, endOfDay } from './budget-day.ts';
import { TenantAccounts } from './tenant-accounts.ts';

const NO_BUDGETS: Budgets = { timeZone: 'UTC', tenants: {} };
/** A worker that has not reported for so long will not repeat an old report. */
const FORGET_WORKERS_MS = 24 * 3_600_000;

/** What was spent today, and by whom. It knows nothing but what it is told: it runs in a workflow. */
export class SpendingBook {
  private budgets: Budgets;
  private day: string;
  private endsAt: number;
  private total: Spent;
  private tenants: TenantAccounts;
  private lifted: Set<string>;
  private readonly workers: Map<string, { sequence: number; at: number }>;

  constructor(before: SpendingState | undefined, now: number) {
    this.budgets = before?.budgets ?? NO_BUDGETS;
    ({ day: this.day, endsAt: this.endsAt } = before ?? dayAt(now, this.budgets));
    this.total = before?.total ?? NOTHING_SPENT;
    this.tenants = new TenantAccounts(before);
    this.lifted = new Set(before?.lifted);
    this.workers = new Map(before?.workers);
  }

  get state(): SpendingState {
    const { budgets, day, endsAt, total, tenants } = this;
    return {
      ...{ budgets, day, endsAt, total, tenants: tenants.entries },
      ...(!isNothing(tenants.others) && { others: tenants.others }),
      lifted: [...this.lifted],
      workers: [...this.workers],
    };
  }

  /**
   * Counted for the day in which it comes, and once, however often it comes.
   * @returns whose budget is used up, of the tenants in the report.
   */
  report({ worker, sequence, budgets, total, tenants }: SpendingReport, now: number): UsedUp {
    // First: a day that is over has ended by the time zone that it had.
    this.turnDay(now);
    if (budgets !== undefined) this.adopt(budgets, now);
    if (sequence > (this.workers.get(worker)?.sequence ?? 0)) {
      this.total = addSpent(this.total, total);
      for (const [tenant, spent] of tenants) {
        this.tenants.add(tenant, spent, { isNamed: Object.hasOwn(this.budgets.tenants, tenant) });
      }
      this.workers.set(worker, { sequence, at: now });
    }
    return this.usedUp(tenants.map(([tenant]) => tenant));
  }

  /** For the rest of the day. */
  lift(tenant: string, now: number): void {
    this.turnDay(now);
    this.lifted.add(tenant);
  }

  /** @param tenants who is asked about. */
  usedUp(tenants: readonly string[]): UsedUp {
    const { budgets, day, endsAt: until } = this;
    const total = excessOf(this.total, budgets.total);
    const lifted = tenants.filter((tenant) => this.lifted.has(tenant));
    return {
      ...{ day, until, currency: budgets.currency },
      ...(total !== undefined && { total }),
      tenants: tenants.flatMap((tenant) => {
        const excess = this.lifted.has(tenant)
          ? undefined
          : excessOf(this.tenants.of(tenant), limitOf(budgets, tenant));
        return excess === undefined ? [] : [[tenant, excess] as const];
      }),
      lifted,
      ...(!isNothing(this.tenants.others) && { isFull: true as const }),
    };
  }

  private adopt(budgets: Budgets, now: number): void {
    // The day that has begun goes on, as the day and to the midnight of the new time zone.
    if (budgets.timeZone !== this.budgets.timeZone) ({ day: this.day, endsAt: this.endsAt } = dayAt(now, budgets));
    this.budgets = budgets;
  }

  private turnDay(now: number): void {
    if (now < this.endsAt) return;
    ({ day: this.day, endsAt: this.endsAt } = dayAt(now, this.budgets));
    this.total = NOTHING_SPENT;
    this.tenants = new TenantAccounts();
    this.lifted = new Set();
    for (const [worker, { at }] of this.workers) {
      if (now - at > FORGET_WORKERS_MS) this.workers.delete(worker);
    }
  }
}

function dayAt(now: number, { timeZone }: Budgets): Pick<SpendingState, 'day' | 'endsAt'> {
  return { day: dayOf(now, timeZone), endsAt: endOfDay(now, timeZone) };
}
