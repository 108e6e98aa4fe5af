import type { RateLimits } from '../contracts/rate-budget.ts';

/**
 * Who may call the provider, and when. A permit is asked for before the work is even polled from Temporal, so that what
 * waits, waits in Temporal's queue, spending neither an attempt nor a slot.
 */
export interface Limiter {
  /** Resolves when one more call may start. Rejects with the signal's reason when aborted. */
  acquire(signal: AbortSignal): Promise<Permit>;
  /** The provider said that it gets too much: for this long (milliseconds) no permit is given. The longest pause counts. */
  pauseFor(ms: number): void;
  /** For /metrics: what is granted at the moment. */
  snapshot(): LimiterSnapshot;
}

/** A limiter whose rates change, because others have a part of them, or because the provider says so. */
export interface AdjustableLimiter extends Limiter {
  /**
   * From now on it has `share` (0 to 1, default all) of these rates. With `phase` (0 to 1) its calls are due at that part of its
   * interval, by the wall clock, so that those of processes with equal shares come in turns.
   */
  setRates(rates: RateLimits, part?: { readonly share?: number; readonly phase?: number | undefined }): void;
  /** Since the last question, or the one before it where that was just now. */
  takeUse(): LimiterUse;
}

export interface LimiterUse {
  /** The part (0 to 1) of the time in which only the limits kept back another call, or of the limits that was used if that is more. */
  readonly busy: number;
  /** Calls and tokens a minute. */
  readonly requestsPerMinute: number;
  readonly tokensPerMinute: number;
}

/** Leave for one call. Held, it becomes used when its work has come; used, it is given back, forgone, or ends with the call. */
export interface Permit {
  /** The work has come. */
  use(): void;
  /**
   * The call knows its message by now and can take this many tokens, input and output together. Resolves when it may go
   * out: when its turn is there, or, should the minute's tokens all be taken, when there is room. Rejects with the signal's reason when aborted.
   */
  reserveTokens(tokens: number, signal: AbortSignal): Promise<TokenReservation>;
  /** The call is not made after all: nothing is taken of the limits. Instead of `reserveTokens`. */
  forgo(): void;
  /** The call ended, or will never start: a permit that was not used goes back. Calling it again does nothing. */
  release(): void;
}

export interface TokenReservation {
  /** What the call took in the end, as far as the provider counts it. At most once. */
  settle(tokens: number): void;
}

export interface LimiterSnapshot {
  /** Granted, not yet used: pollers waiting for work. */
  readonly held: number;
  /** Calls running. */
  readonly inUse: number;
  /** As they are now; absent: not limited. */
  readonly rates: RateLimits;
}
