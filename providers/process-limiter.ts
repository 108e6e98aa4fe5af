import type { LimiterSnapshot, Permit, ShareableLimiter, TokenReservation } from './limiter.ts';
import { BusyTime } from './busy-time.ts';
import { Pace } from './pace.ts';
import { createTokenCosts, type TokenCosts } from './token-costs.ts';

/** What a poll and a busy event loop take. Under the interval of 600 requests a minute: 11 calls in the worst second. */
const LATENESS_MS = 90;
/** A call that takes more than this part of a second's tokens must not catch up as much: one more would be too much for it. */
const SMALL_CALL_MS = 110;
const LARGE_CALL_LATENESS_MS = 20;
/** Node's longest timer; it fires at once for a longer one. */
const MAX_TIMER_MS = 2 ** 31 - 1;
/** How much two calls may draw closer on their way to the provider before it sees more than the limit in a minute. */
const TRANSIT_JITTER_MS = 100;
/** Stretched by a third of a percent at 600 a minute, so that the worst sliding minute the provider can see still holds. */
const STRETCHED_MINUTE_MS = 60_000 + LATENESS_MS + TRANSIT_JITTER_MS;
/** Unused permits are worth this much of the rate: enough to poll ahead, too little to add up to a burst. */
const UNUSED_PERMITS_MS = 100;

export interface ProcessLimiterOptions {
  /** Absent: requests are not limited. */
  readonly requestsPerMinute?: number | undefined;
  /** Input and output together. Absent: tokens are not limited. */
  readonly tokensPerMinute?: number | undefined;
  /** Calls running and permits held, together. */
  readonly maxConcurrency: number;
  /** Of the limits, at first. */
  readonly share?: number;
  /** Milliseconds of a clock that never goes back. */
  readonly now?: () => number;
}

/**
 * One process's share of the provider's limits, first come, first served.
 *
 * Permits are handed out early, each no sooner than its call would be due, by either limit, were all the held ones used now.
 * Hence, however long permits are held and however arrivals bunch, any `T` ms see at most
 * `1 + floor((T + LATENESS_MS) / interval)` calls: 11 in a second, and 600 in a minute, at 600 requests a minute.
 *
 * What a call takes of the tokens is known only when it has its message. Until then it counts as a usual one, and what it
 * takes more puts off the next permits. The pace leaves room for the largest call of the last minute, so a minute sees more
 * than its limit only with a call that is larger than all before it, or when much that was reserved long ago is given back.
 */
export function createProcessLimiter(options: ProcessLimiterOptions): ShareableLimiter {
  return new ProcessLimiter(options);
}

interface Waiter {
  grant(): void;
}

/** A call that was counted as a usual one, because it has not said yet what it takes. In milliseconds of the token pace. */
interface UnknownCall {
  readonly heldMs: number;
}

class ProcessLimiter implements ShareableLimiter {
  private readonly maxConcurrency: number;
  private readonly now: () => number;
  private readonly requests: { readonly pace: Pace; readonly perMinute: number } | undefined;
  private readonly tokens: { readonly pace: Pace; readonly costs: TokenCosts } | undefined;
  private readonly waiters: Waiter[] = [];
  private readonly unknownCalls = new Set<UnknownCall>();
  private readonly busy: BusyTime;
  private share: number;
  private held = 0;
  private inUse = 0;
  private pausedUntil = -Infinity;
  private timer: NodeJS.Timeout | undefined;

  constructor(options: ProcessLimiterOptions) {
    const { requestsPerMinute, tokensPerMinute, maxConcurrency, share = 1, now = () => performance.now() } = options;
    this.maxConcurrency = maxConcurrency;
    this.share = share;
    this.now = now;
    this.busy = new BusyTime(now);
    if (requestsPerMinute !== undefined) this.requests = { pace: new Pace(now), perMinute: requestsPerMinute };
    if (tokensPerMinute !== undefined) {
      const costs = createTokenCosts({
        tokensPerMinute: () => tokensPerMinute * this.share,
        minuteMs: STRETCHED_MINUTE_MS,
        now,
      });
      this.tokens = { pace: new Pace(now), costs };
    }
  }

  acquire(signal: AbortSignal): Promise<Permit> {
    return new Promise((resolve, reject) => {
      if (signal.aborted) {
        reject(signal.reason as Error);
        return;
      }
      const waiter: Waiter = {
        grant: () => {
          signal.removeEventListener('abort', giveUp);
          resolve(this.createPermit());
        },
      };
      const giveUp = () => {
        this.waiters.splice(this.waiters.indexOf(waiter), 1);
        this.pump();
        reject(signal.reason as Error);
      };
      signal.addEventListener('abort', giveUp, { once: true });
      this.waiters.push(waiter);
      this.pump();
    });
  }

  reserveTokens(tokens: number): TokenReservation {
    if (this.tokens === undefined) return { settle: () => undefined };
    const { pace, costs } = this.tokens;
    const msPerToken = costs.note(tokens);
    pace.correct(tokens * msPerToken - this.takeUnknownCall());
    this.pump();
    return {
      settle: (actual) => {
        pace.correct((actual - tokens) * msPerToken);
        this.pump();
      },
    };
  }

  pauseFor(ms: number): void {
    this.pausedUntil = Math.max(this.pausedUntil, this.now() + ms);
    this.pump();
  }

  setShare(share: number, phase: number): void {
    this.share = share;
    // Who has everything has nobody to take turns with.
    if (share === 1) this.requests?.pace.takeTurns(undefined);
    else if (share > 0) {
      const everyMs = this.intervalMs();
      this.requests?.pace.takeTurns({ from: phase * everyMs - (Date.now() - this.now()), everyMs });
    }
    this.pump();
  }

  takeBusy(): number {
    return this.busy.take();
  }

  snapshot(): LimiterSnapshot {
    return { held: this.held, inUse: this.inUse, share: this.share };
  }

  /** Grants what may be granted, and sets the timer when time is all that the first waiter waits for. */
  private pump(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    this.busy.ends();
    while (this.waiters.length > 0 && this.hasRoom()) {
      if (this.share === 0) {
        this.busy.begins();
        return;
      }
      const dueAt = Math.max(this.requests?.pace.dueAt ?? -Infinity, this.tokens?.pace.dueAt ?? -Infinity);
      const waitMs = Math.max(dueAt, this.pausedUntil) - this.now();
      if (waitMs > 0) {
        this.busy.begins();
        this.timer = setTimeout(
          () => {
            this.pump();
          },
          Math.min(Math.ceil(waitMs), MAX_TIMER_MS),
        );
        return;
      }
      this.waiters.shift()?.grant();
    }
  }

  private hasRoom(): boolean {
    const byRequests =
      this.requests === undefined
        ? Infinity
        : Math.floor(((this.requests.perMinute * this.share) / 60_000) * UNUSED_PERMITS_MS);
    const byTokens = this.tokens === undefined ? Infinity : Math.ceil(UNUSED_PERMITS_MS / this.tokens.costs.usualMs());
    return this.held < Math.max(1, Math.min(byRequests, byTokens)) && this.held + this.inUse < this.maxConcurrency;
  }

  private intervalMs(): number {
    return STRETCHED_MINUTE_MS / ((this.requests?.perMinute ?? Infinity) * this.share);
  }

  private createPermit(): Permit {
    let state: 'held' | 'in use' | 'released' = 'held';
    const requestMs = this.requests === undefined ? 0 : this.intervalMs();
    const call: UnknownCall = { heldMs: this.tokens?.costs.usualMs() ?? 0 };
    this.held += 1;
    this.requests?.pace.hold(requestMs);
    this.tokens?.pace.hold(call.heldMs);
    return {
      use: () => {
        if (state !== 'held') return;
        state = 'in use';
        this.requests?.pace.start(requestMs, LATENESS_MS);
        this.tokens?.pace.start(call.heldMs, call.heldMs <= SMALL_CALL_MS ? LATENESS_MS : LARGE_CALL_LATENESS_MS);
        if (this.tokens !== undefined) this.unknownCalls.add(call);
        this.held -= 1;
        this.inUse += 1;
        this.pump();
      },
      release: () => {
        if (state === 'held') {
          this.held -= 1;
          this.requests?.pace.giveBack(requestMs);
          this.tokens?.pace.giveBack(call.heldMs);
        } else if (state === 'in use') {
          this.inUse -= 1;
          // It never said what it takes: it has taken nothing.
          if (this.unknownCalls.delete(call)) this.tokens?.pace.correct(-call.heldMs);
        } else return;
        state = 'released';
        this.pump();
      },
    };
  }

  /** The oldest: which permit a call came with is not told, and over all calls it comes to the same. */
  private takeUnknownCall(): number {
    const [oldest] = this.unknownCalls;
    if (oldest === undefined) return 0;
    this.unknownCalls.delete(oldest);
    return oldest.heldMs;
  }
}
