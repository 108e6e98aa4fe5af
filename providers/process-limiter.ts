import { LIMIT_NAMES, partOf, type RateLimits } from '../contracts/rate-budget.ts';
import { pause } from '../lifecycle/pause.ts';
import { BusyTime } from './busy-time.ts';
import type { AdjustableLimiter, LimiterSnapshot, LimiterUse, Permit, TokenReservation } from './limiter.ts';
import { MinuteWindow } from './minute-window.ts';
import { Pace } from './pace.ts';
import { WaitingLine } from './waiting-line.ts';

const MINUTE_MS = 60_000;
/**
 * A call's permit is due before it may go out: within this time nearly all polls bring their work, so that calls go out evenly
 * however long each one's poll took.
 */
const POLL_MS = 150;
/** What the others may be late beyond it, and catch up. Under the interval of 600 requests a minute: 11 calls in the worst second. */
const JITTER_MS = 90;
const LATENESS_MS = POLL_MS + JITTER_MS;
/** A later call was not late: there was no work. So that idleness saves up no burst. */
const IDLE_MS = 1_000;
/**
 * Tokens are evened out over more time, because calls differ in size: a few large ones in a row must not hold back those after
 * them. The minute is kept by itself. Where only tokens are limited, nothing else keeps calls from coming all at once.
 */
const TOKENS_LATENESS_MS = { evened: 10_000, alone: POLL_MS + 100 };
/** Calls as they may come take no more than this many times the tokens of a second. */
const EVENED_UP_TO = 2;
/** Node's longest timer; it fires at once for a longer one. */
const MAX_TIMER_MS = 2 ** 31 - 1;
/** How much two calls may draw closer on their way to the provider before it sees more than the limit in a minute. */
const TRANSIT_JITTER_MS = 100;
/** Stretched by a third of a percent at 600 a minute, so that the worst sliding minute the provider can see still holds. */
const STRETCHED_MINUTE_MS = MINUTE_MS + JITTER_MS + TRANSIT_JITTER_MS;
/** Unused permits are worth this much of the rate: enough to poll ahead, too little to add up to a burst. */
const UNUSED_PERMITS_MS = 100;
/** Use over less time says nothing. */
const LEAST_SAMPLE_MS = 500;
/** What is left over when shares are added up: no rate. */
const ROUNDING_PER_MINUTE = 1e-6;
/** What a call takes before the first one has said so, and how much of the usual call the newest one is, when there were many. */
const FIRST_GUESS_TOKENS = 1_000;
const NEWEST_WEIGHT = 1 / 8;

export interface ProcessLimiterOptions {
  /** At first. Absent: not limited. Tokens are input and output together. */
  readonly rates?: RateLimits;
  /** Calls running and permits held, together. */
  readonly maxConcurrency: number;
  /**
   * While there is no rate, the first calls go out one by one, one more with each answer: the first answers may say what the
   * limit is. Default: all at once.
   */
  readonly startSlowly?: boolean;
  /** `false`: as many permits may wait unused as are asked for; somebody else bounds them. Default: what 100 ms of the rate are worth. */
  readonly boundsUnused?: boolean;
  /** Milliseconds of a clock that never goes back. */
  readonly now?: () => number;
}

/**
 * One process's part of the provider's limits, first come, first served.
 *
 * Permits are handed out early, each no sooner than its call would be due, by either limit, were all the held ones used now.
 * Hence, however long permits are held and however arrivals bunch, any `T` ms see at most
 * `1 + floor((T + JITTER_MS) / interval)` calls go out: 11 in a second, and 600 in a minute, at 600 requests a minute.
 *
 * What a call takes of the tokens is known only when it has its message. Until then it counts as a usual one, and what it
 * takes more puts off the next permits. Should it be too much for the minute, the call itself waits, and nobody polls meanwhile.
 */
export function createProcessLimiter(options: ProcessLimiterOptions): AdjustableLimiter {
  return new ProcessLimiter(options);
}

class ProcessLimiter implements AdjustableLimiter {
  private readonly maxConcurrency: number;
  private readonly startSlowly: boolean;
  private readonly boundsUnused: boolean;
  private readonly now: () => number;
  private readonly requests: Pace;
  private readonly tokens: Pace;
  private readonly minute: MinuteWindow;
  private readonly line = new WaitingLine<undefined, Permit>(() => {
    this.pump();
  });
  private readonly busy: BusyTime;
  private rates: RateLimits = {};
  /** The last one that was above nothing. */
  private share = 1;
  private usualTokens = FIRST_GUESS_TOKENS;
  private told = 0;
  private held = 0;
  private inUse = 0;
  private ended = 0;
  private used = { calls: 0, tokens: 0, since: 0 };
  private lastUse: LimiterUse | undefined;
  private pausedUntil = -Infinity;
  private timer: NodeJS.Timeout | undefined;

  constructor(options: ProcessLimiterOptions) {
    const { rates = {}, maxConcurrency, startSlowly = false, boundsUnused = true } = options;
    const { now = () => performance.now() } = options;
    this.startSlowly = startSlowly;
    this.boundsUnused = boundsUnused;
    this.maxConcurrency = maxConcurrency;
    this.now = now;
    this.requests = new Pace(now, { idleMs: IDLE_MS });
    this.tokens = new Pace(now, { creditMs: TOKENS_LATENESS_MS.evened });
    this.minute = new MinuteWindow(now, MINUTE_MS + TRANSIT_JITTER_MS);
    this.busy = new BusyTime(now);
    this.used.since = now();
    this.setRates(rates);
    if (rates.tokensPerMinute !== undefined)
      this.usualTokens = Math.min(FIRST_GUESS_TOKENS, rates.tokensPerMinute / 10);
  }

  acquire(signal: AbortSignal): Promise<Permit> {
    return this.line.wait(undefined, signal);
  }

  pauseFor(ms: number): void {
    this.pausedUntil = Math.max(this.pausedUntil, this.now() + ms);
    this.pump();
  }

  setRates(whole: RateLimits, { share = 1, phase }: { share?: number; phase?: number | undefined } = {}): void {
    const rates = partOf(whole, share);
    const requestsPerMs = perMs(rates.requestsPerMinute);
    this.rates = rates;
    if (share > 0) this.share = share;
    this.requests.setRate(requestsPerMs);
    this.tokens.setRate(perMs(rates.tokensPerMinute));
    this.minute.setLimit(whole.tokensPerMinute ?? Infinity);
    const everyMs = 1 / requestsPerMs;
    const from = phase === undefined ? 0 : phase * everyMs - (Date.now() - this.now());
    this.requests.takeTurns(phase === undefined ? undefined : { from, everyMs });
    this.pump();
  }

  takeUse(): LimiterUse {
    const { calls, tokens, since } = this.used;
    if (this.lastUse !== undefined && this.now() - since < LEAST_SAMPLE_MS) return this.lastUse;
    const perMinute = MINUTE_MS / Math.max(1, this.now() - since);
    this.used = { calls: 0, tokens: 0, since: this.now() };
    // What a call took less than it reserved may be more than what was reserved since.
    const used = {
      requestsPerMinute: Math.max(0, calls * perMinute),
      tokensPerMinute: Math.max(0, tokens * perMinute),
    };
    // A call that may catch up is held back by nothing, and still uses what there is.
    const parts = LIMIT_NAMES.map((name) => used[name] / Math.max(used[name], this.rates[name] ?? Infinity));
    this.lastUse = { ...used, busy: Math.max(this.busy.take(), ...parts.filter((part) => part > 0)) };
    return this.lastUse;
  }

  snapshot(): LimiterSnapshot {
    return { held: this.held, inUse: this.inUse, rates: this.rates };
  }

  /** Grants what may be granted, and sets the timer when time is all that the first waiter waits for. */
  private pump(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    this.busy.ends();
    while (this.line.length > 0 && this.hasRoom()) {
      if (this.minute.isFull) {
        this.busy.begins();
        return;
      }
      const waitMs = Math.max(this.requests.dueInMs, this.tokens.dueInMs, this.pausedUntil - this.now());
      if (waitMs > 0) {
        this.busy.begins();
        if (waitMs < Infinity) {
          this.timer = setTimeout(
            () => {
              this.pump();
            },
            Math.min(Math.ceil(waitMs), MAX_TIMER_MS),
          );
        }
        return;
      }
      this.line.grantFirst(this.createPermit());
    }
  }

  private hasRoom(): boolean {
    const { requestsPerMinute = Infinity, tokensPerMinute = Infinity } = this.rates;
    const isUnpaced = requestsPerMinute === Infinity && tokensPerMinute === Infinity;
    const concurrency =
      this.startSlowly && isUnpaced ? Math.min(this.maxConcurrency, 1 + this.ended) : this.maxConcurrency;
    const ahead = UNUSED_PERMITS_MS / MINUTE_MS;
    const byRequests = Math.floor(requestsPerMinute * ahead);
    const byTokens = Math.ceil((tokensPerMinute * ahead) / this.usualTokens);
    const unused = this.boundsUnused ? Math.max(1, Math.min(byRequests, byTokens)) : Infinity;
    return this.held < unused && this.held + this.inUse < concurrency;
  }

  private tokensLatenessMs(): number {
    const { requestsPerMinute = Infinity, tokensPerMinute = Infinity } = this.rates;
    const areEvened = requestsPerMinute * this.usualTokens <= tokensPerMinute * EVENED_UP_TO;
    return areEvened ? TOKENS_LATENESS_MS.evened : TOKENS_LATENESS_MS.alone;
  }

  private createPermit(): Permit {
    let state: 'held' | 'used' | 'told' | 'released' = 'held';
    const usual = this.usualTokens;
    let goesOutAt = -Infinity;
    this.held += 1;
    this.requests.hold(1);
    this.tokens.hold(usual);
    return {
      use: () => {
        if (state !== 'held') return;
        state = 'used';
        const requestsLateMs = this.requests.start(1, LATENESS_MS);
        // Tokens that are owed by now hold back the next one.
        const tokensLateMs = Math.max(0, this.tokens.start(usual, this.tokensLatenessMs()));
        goesOutAt = this.now() + POLL_MS - Math.min(requestsLateMs, tokensLateMs);
        this.held -= 1;
        this.inUse += 1;
        this.used.calls += 1;
        this.pump();
      },
      reserveTokens: async (tokens, signal) => {
        if (state === 'used') state = 'told';
        this.told += 1;
        this.usualTokens += (tokens - this.usualTokens) * Math.max(NEWEST_WEIGHT, 1 / this.told);
        this.tokens.correct(tokens - usual);
        return this.takeTokens(tokens, goesOutAt, signal);
      },
      forgo: () => {
        if (state !== 'used') return;
        state = 'told';
        this.used.calls -= 1;
        this.requests.correct(-1);
        this.tokens.correct(-usual);
        this.pump();
      },
      release: () => {
        if (state === 'released') return;
        if (state === 'held') {
          this.held -= 1;
          this.requests.giveBack(1);
          this.tokens.giveBack(usual);
        } else {
          this.inUse -= 1;
          this.ended += 1;
          // It never said what it takes: it has taken nothing.
          if (state === 'used') this.tokens.correct(-usual);
        }
        state = 'released';
        this.pump();
      },
    };
  }

  private async takeTokens(tokens: number, goesOutAt: number, signal: AbortSignal): Promise<TokenReservation> {
    const earlyMs = goesOutAt - this.now();
    if (earlyMs > 0) await pause(earlyMs, signal);
    // In parts of the whole, so that what was taken at another share counts as the part it was.
    const { share } = this;
    const askedAt = this.now();
    const entering = this.minute.enter(tokens / share, signal);
    this.pump();
    const taken = await entering.catch((error: unknown) => {
      this.tokens.correct(-tokens);
      throw error;
    });
    if (this.now() - askedAt > TRANSIT_JITTER_MS) await pause(this.requests.startAgain(1), signal);
    this.used.tokens += tokens;
    this.pump();
    return {
      settle: (actual) => {
        this.used.tokens += actual - tokens;
        this.tokens.correct(actual - tokens);
        taken.settle(actual / share);
        this.pump();
      },
    };
  }
}

/** Units a millisecond; `Infinity` where there is no limit. */
function perMs(perMinute: number | undefined): number {
  if (perMinute === undefined) return Infinity;
  return perMinute < ROUNDING_PER_MINUTE ? 0 : perMinute / STRETCHED_MINUTE_MS;
}
