import type { Limiter, LimiterSnapshot, Permit } from './limiter.ts';

/**
 * How late a call may start without the pace losing the time: what a poll and a busy event loop take. It is also what can
 * be caught up at once afterwards, so it stays under the interval of 600 requests a minute: 11 calls in the worst second.
 */
const LATENESS_MS = 90;
/** A call later than this was not late: there was no work. Nothing is caught up. */
const IDLE_MS = 1_000;
/** How much two calls may draw closer on their way to the provider before it sees more than the limit in a minute. */
const TRANSIT_JITTER_MS = 100;
/** Unused permits are worth this much of the rate: enough to poll ahead, too little to add up to a burst. */
const UNUSED_PERMITS_MS = 100;

export interface RequestLimiterOptions {
  /** Absent: only concurrency is limited. */
  readonly requestsPerMinute?: number | undefined;
  /** Calls running and permits held, together. */
  readonly maxConcurrency: number;
  /** Milliseconds of a clock that never goes back. */
  readonly now?: () => number;
}

/**
 * One process's share of the provider's request limit, first come, first served.
 *
 * The pace (the "generic cell rate algorithm" on the moments of use): calls have due times one interval apart. A call may
 * start late, by up to `LATENESS_MS`, without moving the due times after it, so poll latency and late timers cost no
 * throughput; whatever it is later than that moves them, so idleness saves nothing up. Permits are handed out early, each
 * no sooner than its call would be due were all the held ones used now. Hence, however long permits are held and however
 * arrivals bunch, any `T` ms see at most `1 + floor((T + LATENESS_MS) / interval)` calls: 11 in a second, and 600 in a
 * minute, at 600 requests a minute.
 */
export function createRequestLimiter(options: RequestLimiterOptions): Limiter {
  return new RequestLimiter(options);
}

interface Waiter {
  grant(): void;
}

class RequestLimiter implements Limiter {
  private readonly requestsPerMinute: number | undefined;
  private readonly maxConcurrency: number;
  private readonly maxHeld: number;
  /** 0: no pace. */
  private readonly intervalMs: number;
  private readonly now: () => number;
  private readonly waiters: Waiter[] = [];
  private held = 0;
  private inUse = 0;
  /** Due time of the next call to be granted: that of the next call to start, plus one interval for each permit held. */
  private nextDueAt: number;
  private pausedUntil = -Infinity;
  private timer: NodeJS.Timeout | undefined;

  constructor({ requestsPerMinute, maxConcurrency, now = () => performance.now() }: RequestLimiterOptions) {
    this.requestsPerMinute = requestsPerMinute;
    this.maxConcurrency = maxConcurrency;
    this.now = now;
    this.nextDueAt = now();
    this.intervalMs = requestsPerMinute === undefined ? 0 : intervalOf(requestsPerMinute);
    this.maxHeld =
      requestsPerMinute === undefined
        ? maxConcurrency
        : Math.max(1, Math.floor((requestsPerMinute / 60_000) * UNUSED_PERMITS_MS));
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

  pauseFor(ms: number): void {
    this.pausedUntil = Math.max(this.pausedUntil, this.now() + ms);
    this.pump();
  }

  snapshot(): LimiterSnapshot {
    return { held: this.held, inUse: this.inUse, requestsPerMinute: this.requestsPerMinute };
  }

  /** Grants what may be granted, and sets the timer when time is all that the first waiter waits for. */
  private pump(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    while (this.waiters.length > 0 && this.hasRoom()) {
      const dueAt = this.intervalMs > 0 ? this.nextDueAt : -Infinity;
      const waitMs = Math.max(dueAt, this.pausedUntil) - this.now();
      if (waitMs > 0) {
        this.timer = setTimeout(() => {
          this.pump();
        }, Math.ceil(waitMs));
        return;
      }
      this.waiters.shift()?.grant();
    }
  }

  private hasRoom(): boolean {
    return this.held < this.maxHeld && this.held + this.inUse < this.maxConcurrency;
  }

  private createPermit(): Permit {
    let state: 'held' | 'in use' | 'released' = 'held';
    this.held += 1;
    this.nextDueAt += this.intervalMs;
    return {
      use: () => {
        if (state !== 'held') return;
        state = 'in use';
        this.startCall();
      },
      release: () => {
        if (state === 'held') {
          this.held -= 1;
          this.nextDueAt -= this.intervalMs;
        } else if (state === 'in use') this.inUse -= 1;
        else return;
        state = 'released';
        this.pump();
      },
    };
  }

  private startCall(): void {
    const dueAt = this.nextDueAt - this.held * this.intervalMs;
    const latenessMs = this.now() - dueAt;
    if (latenessMs > LATENESS_MS) this.nextDueAt += latenessMs - (latenessMs < IDLE_MS ? LATENESS_MS : 0);
    this.held -= 1;
    this.inUse += 1;
    this.pump();
  }
}

/** Stretched by a third of a percent at 600 a minute, so that the worst sliding minute the provider can see still holds. */
function intervalOf(requestsPerMinute: number): number {
  return (60_000 + LATENESS_MS + TRANSIT_JITTER_MS) / requestsPerMinute;
}
