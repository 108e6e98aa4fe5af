import {
  LIMIT_NAMES,
  type Gate,
  type Lease,
  type LeaseHolder,
  type LeaseRequest,
  type LimitName,
  type RateBudgetState,
  type RateLimits,
} from '../contracts/rate-budget.ts';

/** A newcomer, a death or another demand takes effect within some rounds. */
const ROUND_MS = 2_000;
/** Workers asking in a round: each one costs the server and a pipeline worker some milliseconds of CPU. */
const ASKING_IN_A_ROUND = 4;
/** Temporal lets ten updates of a workflow wait. Beyond these, workers wait at home, and are answered soon after they asked. */
const MOST_WAITING = 8;
const CROWDED_WAIT_MS = 500;
/** With nobody held back there is nothing to decide: rounds are longer, and so are leases. Workers wait ten seconds at most. */
const QUIET_ROUND_MS = 5_000;
const BUSY = 0.05;
/** A lease outlives a round that fails. What a worker that was killed had is lost for as long. */
const LEASE_ROUNDS = 2;

/** Busier than this, a worker could use more than it has. */
const HUNGRY = 0.8;
/** What others get beside the hungry: twice what they used, and so much of an equal share at least. */
const HEADROOM = 2;
const LEAST_PART = 0.1;
/** Shares that differ by less, of the largest, are equal. */
const EQUAL = 0.001;

interface Asking {
  readonly request: LeaseRequest;
  readonly askedAt: number;
  readonly grant: (lease: Lease) => void;
}

const NOTHING: Lease = {
  share: 0,
  rates: { requestsPerMinute: 0, tokensPerMinute: 0 },
  ceilings: {},
  validMs: 0,
  askAgainInMs: 0,
  pauseMs: 0,
  gate: { isPaused: false },
};

/** Who has which part of the rates, and until when. It knows nothing but what it is told: it runs in a workflow. */
export class LeaseBook {
  private readonly holders: Map<string, LeaseHolder>;
  private asked = new Map<string, Asking>();
  private pausedUntil: number;
  private hasNews = false;

  constructor({ holders = [], pausedUntil = 0 }: Partial<Pick<RateBudgetState, 'holders' | 'pausedUntil'>> = {}) {
    this.holders = new Map(holders.map((holder) => [holder.worker, holder]));
    this.pausedUntil = pausedUntil;
  }

  get state(): Pick<RateBudgetState, 'holders' | 'pausedUntil'> {
    return { holders: [...this.holders.values()], pausedUntil: this.pausedUntil };
  }

  /** How many have asked since the last answer. */
  get asking(): number {
    return this.asked.size;
  }

  /** The lowest of what the workers are configured with. */
  get configured(): RateLimits {
    return Object.fromEntries(
      LIMIT_NAMES.flatMap((name) => {
        const lowest = Math.min(...this.known.map(({ limits }) => limits[name] ?? Infinity));
        return lowest === Infinity ? [] : [[name, lowest]];
      }),
    );
  }

  /** By all workers together, a minute, as they last told. */
  get used(): Required<RateLimits> {
    const all = (name: LimitName) => sum(this.known.map(({ used }) => used[name] ?? 0));
    return { requestsPerMinute: all('requestsPerMinute'), tokensPerMinute: all('tokensPerMinute') };
  }

  /** How long who asks first waits for the others; less where a lease of somebody else ends before that. */
  waitMs(now: number): number {
    if (!this.fit) return CROWDED_WAIT_MS;
    const ends = [...this.holders.values()]
      .filter(({ worker }) => !this.asked.has(worker))
      .map(({ until }) => until - now);
    return Math.max(1, Math.min(this.roundMs, ...ends));
  }

  /** Who waits should wait no longer: there is news, or no more may wait. */
  get isUrgent(): boolean {
    return this.hasNews || this.asked.size >= MOST_WAITING;
  }

  /** Something concerns all: they should not wait for the end of the round. */
  hurry(): void {
    this.hasNews = true;
  }

  has(worker: string): boolean {
    return this.holders.has(worker) || this.asked.has(worker);
  }

  /** Resolves with the answer of the round. */
  ask(now: number, request: LeaseRequest): Promise<Lease> {
    // A worker that asks twice has given its first question up.
    this.asked.get(request.worker)?.grant(NOTHING);
    // Others wait through a quiet round while this one is held back.
    if (!this.holders.has(request.worker) || (this.isQuiet && request.busy >= BUSY)) this.hurry();
    return new Promise((grant) => {
      this.asked.set(request.worker, { request, askedAt: now, grant });
    });
  }

  leave(worker: string): void {
    this.holders.delete(worker);
    this.asked.get(worker)?.grant(NOTHING);
    this.asked.delete(worker);
    this.hurry();
  }

  /** For this long (milliseconds) nobody should call. The longest pause counts. */
  pause(now: number, ms: number): void {
    this.pausedUntil = Math.max(this.pausedUntil, now + ms);
  }

  /** Shares what is free among all that ask. What others still hold is not free until their leases end. */
  answer(now: number, allowed: Pick<Lease, 'rates' | 'ceilings'>, gateFor: (worker: string) => Gate): void {
    this.forgetEnded(now);
    const { roundMs } = this;
    const validMs = LEASE_ROUNDS * roundMs;
    const askAgainInMs = this.fit ? 0 : roundMs;
    const pauseMs = Math.max(0, this.pausedUntil - now);
    const asking = [...this.asked.values()];
    const shares = this.sharesOf(asking, allowed.rates);
    const turns = this.turnsOf(asking, shares);
    for (const [index, { request, askedAt, grant }] of asking.entries()) {
      const share = shares[index] ?? 0;
      const phase = turns?.get(request.worker);
      this.holders.set(request.worker, { ...request, share, until: now + validMs });
      grant({
        share,
        ...allowed,
        ...(phase !== undefined && { phase }),
        // The worker counts from when it asked.
        validMs: validMs + (now - askedAt),
        askAgainInMs,
        pauseMs,
        gate: gateFor(request.worker),
      });
    }
    this.asked = new Map();
    this.hasNews = false;
  }

  private sharesOf(asking: readonly Asking[], rates: RateLimits): readonly number[] {
    const others = [...this.holders.values()].filter(({ worker }) => !this.asked.has(worker));
    const idle = this.known.filter(({ busy }) => busy < HUNGRY).length;
    const all = 1 - readyCalls(Math.min(idle, this.workers.length - 1), rates);
    const free = Math.max(0, all - sum(others.map(({ share }) => share)));
    // Of many workers only some ask in a round, so that it cannot be told who could spare what.
    if (!this.fit) return asking.map(() => Math.min(free / asking.length, all / this.workers.length));
    return shareOut(
      free,
      asking.map(({ request: { worker, busy } }) => ({ busy, share: this.holders.get(worker)?.share ?? 0 })),
    );
  }

  /**
   * Each worker's place among all, who have a lease and do not ask included: in an order of its own, so that a turn stays
   * the same from round to round. Only equal shares can take turns, and who has everything has nobody to take them with.
   */
  private turnsOf(asking: readonly Asking[], shares: readonly number[]): ReadonlyMap<string, number> | undefined {
    const { workers } = this;
    const others = [...this.holders.values()].filter(({ worker }) => !this.asked.has(worker)).map(({ share }) => share);
    const all = [...shares, ...others];
    const isEqual = Math.max(...all) - Math.min(...all) < EQUAL * Math.max(...all);
    if (!isEqual || workers.length === 1 || !this.fit || asking.length === 0) return undefined;
    return new Map(workers.map((worker, index) => [worker, index / workers.length]));
  }

  private forgetEnded(now: number): void {
    for (const { worker, until } of this.holders.values()) {
      if (until <= now && !this.asked.has(worker)) this.holders.delete(worker);
    }
  }

  /** What each worker told last. */
  private get known(): readonly LeaseRequest[] {
    const told = new Map<string, LeaseRequest>(this.holders);
    for (const { request } of this.asked.values()) told.set(request.worker, request);
    return [...told.values()];
  }

  private get workers(): readonly string[] {
    return this.known.map(({ worker }) => worker).sort();
  }

  private get isQuiet(): boolean {
    return [...this.holders.values()].every(({ busy }) => busy < BUSY);
  }

  private get roundMs(): number {
    const busyMs = ROUND_MS * Math.max(1, this.known.length / ASKING_IN_A_ROUND);
    const isQuiet = this.known.every(({ busy }) => busy < BUSY);
    return isQuiet ? Math.max(busyMs, QUIET_ROUND_MS) : busyMs;
  }

  private get fit(): boolean {
    return this.known.length <= MOST_WAITING;
  }
}

/**
 * The part of the limits that is not shared out: after a quiet time each worker has one call ready, and they may all come at
 * once, on top of what the shares let through.
 */
function readyCalls(calls: number, { requestsPerMinute = Infinity }: RateLimits): number {
  return Math.min(0.5, calls / requestsPerMinute);
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
