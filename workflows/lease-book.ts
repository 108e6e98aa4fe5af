import type { Lease, LeaseHolder, LeaseRequest, RateBudgetState } from '../contracts/rate-budget.ts';

/** A death or a newcomer takes effect within some rounds. */
const ROUND_MS = 1_000;
/** Workers a second, at most: each one asking costs the server and a pipeline worker some milliseconds of CPU. */
const ASKING_PER_SECOND = 4;
/** Temporal lets ten updates of a workflow wait. Beyond these, workers wait at home, and are answered soon after they asked. */
const MOST_WAITING = 8;
const CROWDED_WAIT_MS = 500;
/** With nobody held back there is nothing to decide: rounds are longer, and so are leases. Workers wait ten seconds at most. */
const QUIET_ROUND_MS = 5_000;
const BUSY = 0.05;
/** A lease outlives two rounds that fail. What a worker that was killed had is lost for as long. */
const LEASE_ROUNDS = 3;

/** Busier than this, a worker could use more than it has. */
const HUNGRY = 0.8;
/** What others get beside the hungry: twice what they used, and so much of an equal share at least. */
const HEADROOM = 2;
const LEAST_PART = 0.1;

interface Asking {
  readonly request: LeaseRequest;
  readonly grant: (lease: Lease) => void;
}

const NOTHING: Lease = { share: 0, phase: 0, validMs: 0, askAgainInMs: 0, pauseMs: 0 };

/** Who has which part of the limits, and until when. It knows nothing but what it is told: it runs in a workflow. */
export class LeaseBook {
  private readonly holders: Map<string, LeaseHolder>;
  private asked = new Map<string, Asking>();
  private pausedUntil: number;
  private hasNews = false;

  constructor({ holders, pausedUntil }: RateBudgetState = { holders: [], pausedUntil: 0 }) {
    this.holders = new Map(holders.map((holder) => [holder.worker, holder]));
    this.pausedUntil = pausedUntil;
  }

  get state(): RateBudgetState {
    return { holders: [...this.holders.values()], pausedUntil: this.pausedUntil };
  }

  /** How many have asked since the last answer. */
  get asking(): number {
    return this.asked.size;
  }

  /** How long who asks first waits for the others. */
  get waitMs(): number {
    return this.fit ? this.roundMs : CROWDED_WAIT_MS;
  }

  /** Who waits should wait no longer: somebody came or left, all are to pause, or no more may wait. */
  get isUrgent(): boolean {
    return this.hasNews || this.asked.size >= MOST_WAITING;
  }

  /** Resolves with the answer of the round. */
  ask(request: LeaseRequest): Promise<Lease> {
    // A worker that asks twice has given its first question up.
    this.asked.get(request.worker)?.grant(NOTHING);
    if (!this.holders.has(request.worker)) this.hasNews = true;
    return new Promise((grant) => {
      this.asked.set(request.worker, { request, grant });
    });
  }

  leave(worker: string): void {
    this.holders.delete(worker);
    this.asked.get(worker)?.grant(NOTHING);
    this.asked.delete(worker);
    this.hasNews = true;
  }

  /** For this long (milliseconds) nobody should call. The longest pause counts. */
  pause(now: number, ms: number): void {
    if (now + ms <= this.pausedUntil) return;
    this.pausedUntil = now + ms;
    this.hasNews = true;
  }

  /** Shares what is free among all that ask. What others still hold is not free until their leases end. */
  answer(now: number): void {
    this.forgetEnded(now);
    const { roundMs } = this;
    const validMs = LEASE_ROUNDS * roundMs;
    const askAgainInMs = this.fit ? 0 : roundMs;
    const pauseMs = Math.max(0, this.pausedUntil - now);
    // In an order of their own, so that a worker's turn stays its turn from round to round.
    const asking = [...this.asked.values()].sort((a, b) => (a.request.worker < b.request.worker ? -1 : 1));
    const shares = this.sharesOf(asking);
    for (const [index, { request, grant }] of asking.entries()) {
      const share = shares[index] ?? 0;
      this.holders.set(request.worker, { ...request, share, until: now + validMs });
      grant({ share, phase: index / asking.length, validMs, askAgainInMs, pauseMs });
    }
    this.asked = new Map();
    this.hasNews = false;
  }

  private sharesOf(asking: readonly Asking[]): readonly number[] {
    const others = [...this.holders.values()].filter(({ worker }) => !this.asked.has(worker));
    const all = 1 - readyCalls(this.workers, asking);
    const free = Math.max(0, all - sum(others.map(({ share }) => share)));
    // Of many workers only some ask in a round, so that it cannot be told who could spare what.
    if (!this.fit) return asking.map(() => Math.min(free / asking.length, all / this.workers));
    return shareOut(
      free,
      asking.map(({ request: { worker, busy } }) => ({ busy, share: this.holders.get(worker)?.share ?? 0 })),
    );
  }

  private forgetEnded(now: number): void {
    for (const { worker, until } of this.holders.values()) {
      if (until <= now && !this.asked.has(worker)) this.holders.delete(worker);
    }
  }

  private get workers(): number {
    return new Set([...this.holders.keys(), ...this.asked.keys()]).size;
  }

  private get roundMs(): number {
    const known = [...this.holders.values(), ...[...this.asked.values()].map(({ request }) => request)];
    const isQuiet = known.every(({ busy }) => busy < BUSY);
    const busyMs = ROUND_MS * Math.max(1, this.workers / ASKING_PER_SECOND);
    return isQuiet ? Math.max(busyMs, QUIET_ROUND_MS) : busyMs;
  }

  private get fit(): boolean {
    return this.workers <= MOST_WAITING;
  }
}

/**
 * The part of the limits that is not shared out: after a quiet time each worker has one call ready, and they may all come at
 * once, on top of what the shares let through.
 */
function readyCalls(workers: number, asking: readonly Asking[]): number {
  const lowest = Math.min(...asking.map(({ request }) => request.limits.requestsPerMinute ?? Infinity));
  return Math.min(0.5, (workers - 1) / lowest);
}

/**
 * Who has use for more than its share, shares equally what the others leave; these get what they used, and some headroom. When
 * nobody has use for more, all get the same: whoever has work next is not held back.
 * @param free part (0 to 1) of the limits
 */
export function shareOut(free: number, wanted: readonly { readonly busy: number; readonly share: number }[]): number[] {
  const equal = free / wanted.length;
  const modest = wanted.map(({ busy, share }) =>
    busy >= HUNGRY ? undefined : Math.min(equal, Math.max(busy * share * HEADROOM, equal * LEAST_PART)),
  );
  const hungry = modest.filter((part) => part === undefined).length;
  if (hungry === 0) return wanted.map(() => equal);
  const left = free - sum(modest.map((part) => part ?? 0));
  return modest.map((part) => part ?? left / hungry);
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
