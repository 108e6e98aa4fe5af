import {
  rateLimits,
  type Gate,
  type Lease,
  type LeaseHolder,
  type LeaseRequest,
  type LimitName,
  type RateBudgetState,
  type RateLimits,
  type Use,
} from '../contracts/rate-budget.ts';
import { UsualCall } from './usual-call.ts';

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
/** A lease outlives a round that is a little late. What a worker that was killed had is lost for as long, and the rest of its round. */
const LEASE_ROUNDS = 1.3;
/** A round waits so long for the end of a lease that nobody has asked to have renewed: the next one would be shorter than timers are exact. */
const LONGEST_ROUND = 1.2;

/** Busier than this, a worker could use more than it has. */
const HUNGRY = 0.8;
/** What others get beside the hungry: twice what they used, and so much of an equal share at least. */
const HEADROOM = 2;
const LEAST_PART = 0.1;
/** Shares that differ by less, of the largest, are equal. */
const EQUAL = 0.001;
/**
 * A worker's part of the minute's tokens holds whole calls only, and what is left over is lost: of large calls each part holds so
 * many at least. More workers than that have none of their own: one can make many calls at a time.
 */
const CALLS_IN_A_PART = 20;
/** Sizes vary: how many parts there are changes only when it is off by so much. */
const PARTS_TOLERANCE = 0.2;

interface Asking {
  readonly request: LeaseRequest;
  readonly askedAt: number;
  readonly grant: (lease: Lease) => void;
}

type BookState = Pick<RateBudgetState, 'holders' | 'pausedUntil' | 'usual'>;

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
  private readonly usual: UsualCall;
  private answeredAt: number | undefined;
  private parts = Infinity;

  constructor({ holders = [], pausedUntil = 0, usual }: Partial<BookState> = {}) {
    this.holders = new Map(holders.map((holder) => [holder.worker, holder]));
    this.pausedUntil = pausedUntil;
    this.usual = new UsualCall(usual);
  }

  get state(): BookState {
    return { holders: [...this.holders.values()], pausedUntil: this.pausedUntil, usual: this.usual.state };
  }

  /** How many have asked since the last answer. */
  get asking(): number {
    return this.asked.size;
  }

  /** The lowest of what the workers are configured with. */
  get configured(): RateLimits {
    return rateLimits((name) => Math.min(...this.known.map(({ limits }) => limits[name] ?? Infinity)));
  }

  /** By all workers together, a minute, as they last told. */
  get used(): Use {
    const all = (name: LimitName) => sum(this.known.map(({ used }) => used[name]));
    return { requestsPerMinute: all('requestsPerMinute'), tokensPerMinute: all('tokensPerMinute') };
  }

  /** How long who asks first waits for the others: to the end of a lease of somebody else, where that is about then. */
  waitMs(now: number): number {
    if (!this.fit) return CROWDED_WAIT_MS;
    // Who asks has a lease by the last round, which may have been a shorter one.
    const renewals = this.renewing.map(({ until }) => (until - now) / LEASE_ROUNDS);
    const roundMs = Math.min(this.roundMs, ...renewals);
    const ends = this.silent.map(({ until }) => until - now).filter((end) => end <= LONGEST_ROUND * roundMs);
    return Math.max(1, ends.length === 0 ? roundMs : Math.min(...ends));
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
    this.usual.add(this.used, now - (this.answeredAt ?? now));
    this.answeredAt = now;
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
    const idle = this.known.filter(({ busy }) => busy < HUNGRY).length;
    const all = 1 - readyCalls(Math.min(idle, this.workers.length - 1), rates);
    const free = Math.max(0, all - sum(this.silent.map(({ share }) => share)));
    // Of many workers only some ask in a round, so that it cannot be told who could spare what.
    if (!this.fit) return asking.map(() => Math.min(free / asking.length, all / this.workers.length));
    const taken = this.silent.filter(({ busy, share }) => busy >= HUNGRY && share > 0).length;
    return shareOut(
      free,
      asking.map(({ request: { worker, busy } }) => ({ worker, busy, share: this.holders.get(worker)?.share ?? 0 })),
      Math.max(1, this.partsOf(rates) - taken),
    );
  }

  /** How many workers may share what is left beside the modest ones. */
  private partsOf({ tokensPerMinute = Infinity }: RateLimits): number {
    const wanted = this.usual.callsIn(tokensPerMinute) / CALLS_IN_A_PART;
    const isFew = wanted < this.parts * (1 - PARTS_TOLERANCE);
    if (isFew || wanted > (this.parts + 1) * (1 + PARTS_TOLERANCE)) this.parts = Math.max(1, Math.floor(wanted));
    return this.parts;
  }

  /**
   * Each worker's place among all that have a share, who do not ask included: in an order of its own, so that a turn stays
   * the same from round to round. Only equal shares can take turns, and who has everything has nobody to take them with.
   */
  private turnsOf(asking: readonly Asking[], shares: readonly number[]): ReadonlyMap<string, number> | undefined {
    const all = [
      ...asking.map(({ request: { worker } }, index) => ({ worker, share: shares[index] ?? 0 })),
      ...this.silent,
    ].filter(({ share }) => share > 0);
    const parts = all.map(({ share }) => share);
    const isEqual = Math.max(...parts) - Math.min(...parts) < EQUAL * Math.max(...parts);
    if (!isEqual || all.length < 2 || !this.fit || asking.length === 0) return undefined;
    const inOrder = all.map(({ worker }) => worker).sort();
    return new Map(inOrder.map((worker, index) => [worker, index / all.length]));
  }

  private forgetEnded(now: number): void {
    for (const { worker, until } of this.holders.values()) {
      if (until <= now && !this.asked.has(worker)) this.holders.delete(worker);
    }
  }

  /** Who has a lease and asks for the next one. */
  private get renewing(): readonly LeaseHolder[] {
    return [...this.holders.values()].filter(({ worker }) => this.asked.has(worker));
  }

  /** Who has a lease and does not ask. */
  private get silent(): readonly LeaseHolder[] {
    return [...this.holders.values()].filter(({ worker }) => !this.asked.has(worker));
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
 * @param parts so many may have use for more than they have; the others of these get nothing. Who has something keeps it.
 */
export function shareOut(free: number, wanted: readonly Wanting[], parts = Infinity): number[] {
  const equal = free / wanted.length;
  const modest = wanted.map(({ busy, share }) =>
    busy >= HUNGRY ? undefined : Math.min(equal, Math.max(busy * share * HEADROOM, equal * LEAST_PART)),
  );
  const hungry = wanted.filter((_, index) => modest[index] === undefined);
  if (hungry.length === 0) return wanted.map(() => equal);
  const fed = hungry.sort(byShareAndName).slice(0, parts);
  const left = free - sum(modest.map((part) => part ?? 0));
  return wanted.map((one, index) => modest[index] ?? (fed.includes(one) ? left / fed.length : 0));
}

interface Wanting {
  readonly worker: string;
  readonly busy: number;
  readonly share: number;
}

function byShareAndName(a: Wanting, b: Wanting): number {
  return Number(b.share > 0) - Number(a.share > 0) || (a.worker < b.worker ? -1 : 1);
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
