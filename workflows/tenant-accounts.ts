import {
  addSpent,
  isNothing,
  NOTHING_SPENT,
  type SpendingState,
  type Spent,
  type SpentBy,
} from '../contracts/spending.ts';

/**
 * What tenants may take in what is handed on to the next run: half of the 2 MB that Temporal takes, for some ten thousand tenants with
 * names of forty characters.
 */
const ROOM_BYTES = 1_000_000;
/** Of an entry, beside the name. */
const NUMBERS_BYTES = 60;

/** What each tenant has spent today, in the order in which they came. Producers name them, so there is an end to it. */
export class TenantAccounts {
  private readonly spentBy: Map<string, Spent>;
  private sum: Spent;
  private bytes = 0;

  constructor({ tenants = [], others = NOTHING_SPENT }: Partial<Pick<SpendingState, 'tenants' | 'others'>> = {}) {
    this.spentBy = new Map(tenants);
    this.sum = others;
    for (const tenant of this.spentBy.keys()) this.bytes += bytesOf(tenant);
  }

  /** Of all that found no room. */
  get others(): Spent {
    return this.sum;
  }

  get entries(): readonly SpentBy[] {
    return [...this.spentBy];
  }

  of(tenant: string): Spent {
    return this.spentBy.get(tenant) ?? NOTHING_SPENT;
  }

  /** @param isNamed in the budgets: those have room whatever others take. */
  add(tenant: string, spent: Spent, { isNamed }: { isNamed: boolean }): void {
    if (isNothing(spent)) return;
    if (!this.spentBy.has(tenant)) {
      const bytes = bytesOf(tenant);
      if (!isNamed && this.bytes + bytes > ROOM_BYTES) {
        this.sum = addSpent(this.sum, spent);
        return;
      }
      this.bytes += bytes;
    }
    this.spentBy.set(tenant, addSpent(this.of(tenant), spent));
  }
}

function bytesOf(tenant: string): number {
  return new TextEncoder().encode(JSON.stringify(tenant)).length + NUMBERS_BYTES;
}
