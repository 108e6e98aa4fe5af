import {
  addSpent,
  limitOf,
  NOTHING_SPENT,
  partSpent,
  type Budgets,
  type DayLimit,
  type SpendingReport,
  type SpendingState,
  type Spent,
  type UsedUp,
} from '../contracts/spending.ts';
import { dayOf, endOfDay } from './budget-day.ts';

const NO_BUDGETS: Budgets = { timeZone: 'UTC', tenants: {} };
/** A worker that has not reported for so long will not repeat an old report. */
const FORGET_WORKERS_MS = 24 * 3_600_000;

/** What was spent today, and by whom. It knows nothing but what it is told: it runs in a workflow. */
export class SpendingBook {
  private budgets: Budgets;
  private day: string;
  private endsAt: number;
  private total: Spent;
  private tenants: Map<string, Spent>;
  private lifted: Set<string>;
  private readonly workers: Map<string, { sequence: number; at: number }>;

  constructor(before: SpendingState | undefined, now: number) {
    this.budgets = before?.budgets ?? NO_BUDGETS;
    ({ day: this.day, endsAt: this.endsAt } = before ?? dayAt(now, this.budgets));
    this.total = before?.total ?? NOTHING_SPENT;
    this.tenants = new Map(before?.tenants);
    this.lifted = new Set(before?.lifted);
    this.workers = new Map(before?.workers);
  }

  get state(): SpendingState {
    const { budgets, day, endsAt, total } = this;
    return {
      budgets,
      day,
      endsAt,
      total,
      tenants: [...this.tenants],
      lifted: [...this.lifted],
      workers: [...this.workers],
    };
  }

  /** Counted for the day in which it comes, and once, however often it comes. */
  report({ worker, sequence, budgets, total, tenants }: SpendingReport, now: number): UsedUp {
    // First: a day that is over has ended by the time zone that it had.
    this.turnDay(now);
    if (budgets !== undefined) this.adopt(budgets, now);
    if (sequence > (this.workers.get(worker)?.sequence ?? 0)) {
      this.total = addSpent(this.total, total);
      for (const [tenant, spent] of tenants) {
        this.tenants.set(tenant, addSpent(this.tenants.get(tenant) ?? NOTHING_SPENT, spent));
      }
      this.workers.set(worker, { sequence, at: now });
    }
    return this.usedUp;
  }

  /** For the rest of the day. */
  lift(tenant: string, now: number): void {
    this.turnDay(now);
    this.lifted.add(tenant);
  }

  get usedUp(): UsedUp {
    const { budgets, endsAt: until } = this;
    const total = this.excess(this.total, budgets.total);
    const tenants = [...this.tenants].flatMap(([tenant, spent]) => {
      const excess = this.lifted.has(tenant) ? undefined : this.excess(spent, limitOf(budgets, tenant));
      return excess === undefined
        ? []
        : [[tenant, `the tenant's budget of ${this.day} is used up: ${excess}`] as const];
    });
    return {
      until,
      ...(total !== undefined && { total: `the total budget of ${this.day} is used up: ${total}` }),
      tenants,
      lifted: [...this.lifted],
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
    this.tenants = new Map();
    this.lifted = new Set();
    for (const [worker, { at }] of this.workers) {
      if (now - at > FORGET_WORKERS_MS) this.workers.delete(worker);
    }
  }

  /** How much of what, when all of the limit or more is spent. */
  private excess(spent: Spent, limit: DayLimit | undefined): string | undefined {
    if (limit === undefined || partSpent(spent, limit) < 1) return undefined;
    const { tokensPerDay, costPerDay } = limit;
    if (tokensPerDay !== undefined && spent.tokens >= tokensPerDay) {
      return `${String(spent.tokens)} of ${String(tokensPerDay)} tokens`;
    }
    return `${(spent.nanoCost / 1e9).toFixed(6)} of ${String(costPerDay)} ${this.budgets.currency ?? ''}`.trimEnd();
  }
}

function dayAt(now: number, { timeZone }: Budgets): Pick<SpendingState, 'day' | 'endsAt'> {
  return { day: dayOf(now, timeZone), endsAt: endOfDay(now, timeZone) };
}
