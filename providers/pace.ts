/** A call later than this was not late: there was no work. Nothing is caught up. */
const IDLE_MS = 1_000;
/** Clocks agree no better than this: nearer to where they belong, due times are left alone. */
const ALIGNED_MS = 5;

interface Turns {
  readonly from: number;
  readonly everyMs: number;
}

/**
 * One limit's pace (the "generic cell rate algorithm" on the moments of use): every call takes its part of the time, so calls
 * have due times. A call may start late, by its `latenessMs`, without moving the due times after it, so poll latency and
 * late timers cost no throughput; whatever it is later than that moves them, so idleness saves nothing up. `latenessMs` is also
 * what can be caught up at once afterwards.
 *
 * Whoever grants calls holds each one's time here until it starts, and starts none before `dueAt`. All times in milliseconds.
 */
export class Pace {
  private readonly now: () => number;
  /** Due time of the next call to be granted: that of the next call to start, plus the time of all that are held. */
  private nextDueAt: number;
  private heldMs = 0;
  private turns: Turns | undefined;

  constructor(now: () => number) {
    this.now = now;
    this.nextDueAt = now();
  }

  get dueAt(): number {
    return this.nextDueAt;
  }

  hold(ms: number): void {
    this.heldMs += ms;
    this.nextDueAt += ms;
  }

  /** A held call will never start. */
  giveBack(ms: number): void {
    this.heldMs -= ms;
    this.nextDueAt -= ms;
  }

  /** A held call starts now. */
  start(ms: number, latenessMs: number): void {
    const lateMs = this.now() - (this.nextDueAt - this.heldMs);
    if (lateMs > latenessMs) this.nextDueAt += lateMs - (lateMs < IDLE_MS ? latenessMs : 0);
    this.heldMs -= ms;
    // The others may have been idle as well, and start in this very moment.
    if (lateMs >= IDLE_MS) this.toOwnTurn();
  }

  /**
   * From now on due times are where they are a multiple of `everyMs` after `from`, later if need be: calls that several
   * processes make in turns must not drift into each other. `undefined`: anywhere again.
   */
  takeTurns(turns: Turns | undefined): void {
    this.turns = turns;
    this.toOwnTurn();
  }

  /** A call that has started takes more time than was held for it, or, negative, less. */
  correct(ms: number): void {
    this.nextDueAt += ms;
  }

  private toOwnTurn(): void {
    if (this.turns === undefined) return;
    const { from, everyMs } = this.turns;
    const past = (((this.nextDueAt - from) % everyMs) + everyMs) % everyMs;
    if (Math.min(past, everyMs - past) > ALIGNED_MS) this.nextDueAt += everyMs - past;
  }
}
