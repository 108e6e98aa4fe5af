/**
 * Who may call the provider, and when. A permit is asked for before the work is even polled from Temporal, so that what
 * waits, waits in Temporal's queue, spending neither an attempt nor a slot.
 */
export interface Limiter {
  /** Resolves when one more call may start. Rejects with the signal's reason when aborted. */
  acquire(signal: AbortSignal): Promise<Permit>;
  /**
   * A call that has its permit, and knows its message by now, can take this many tokens, input and output together.
   * It need not wait: what it takes puts off the permits after it.
   */
  reserveTokens(tokens: number): TokenReservation;
  /** The provider said that it gets too much: for this long (milliseconds) no permit is given. The longest pause counts. */
  pauseFor(ms: number): void;
  /** For /metrics: what is granted at the moment. */
  snapshot(): LimiterSnapshot;
}

/** A limiter that has a part of limits that other processes share. */
export interface ShareableLimiter extends Limiter {
  /**
   * From now on it has `share` (0 to 1) of each limit. Its calls are due at `phase` (0 to 1) of its interval, by the wall
   * clock, so that those of processes with equal shares come in turns.
   */
  setShare(share: number, phase: number): void;
  /** The part (0 to 1) of the time since the last question in which only the limits kept back another call. */
  takeBusy(): number;
}

export interface TokenReservation {
  /** What the call took in the end, as far as the provider counts it. At most once. */
  settle(tokens: number): void;
}

export interface Permit {
  /** The call starts now. */
  use(): void;
  /** The call ended, or will never start: a permit that was not used goes back. Calling it again does nothing. */
  release(): void;
}

export interface LimiterSnapshot {
  /** Granted, not yet used: pollers waiting for work. */
  readonly held: number;
  /** Calls running. */
  readonly inUse: number;
  /** Part (0 to 1) of the limits. */
  readonly share: number;
}
