/** Clocks agree no better than this: nearer to where they belong, due times are left alone. */
const ALIGNED_MS = 5;

export interface Turns {
  /** By the clock of the pace. */
  readonly from: number;
  readonly everyMs: number;
}

/**
 * One limit's pace, in units of that limit: calls or tokens. It is a bucket that may go below zero: each call takes its units when
 * it starts, and the next one is due when what was taken has been paid for. Who starts late, by its `latenessMs`, loses
 * nothing, so poll latency and late timers cost no throughput; what goes beyond is lost. `latenessMs` is also what can be
 * caught up at once afterwards. A call later than `idleMs` was not late: there was no work, and nothing is caught up.
 *
 * Whoever grants calls holds each one's units here until it starts, and starts none before it is due. A change of the rate
 * holds for what is owed as well.
 */
export class Pace {
  private readonly now: () => number;
  private readonly idleMs: number;
  private readonly creditMs: number;
  /** Units a millisecond; `Infinity`: no limit. */
  private perMs = Infinity;
  /** Units at `at`: above zero what could be caught up, below what is owed. */
  private balance = 0;
  private at: number;
  private held = 0;
  private hasStarted = false;
  private turns: Turns | undefined;

  /** @param options.creditMs what could be caught up before the first call. */
  constructor(now: () => number, { idleMs = Infinity, creditMs = 0 }: { idleMs?: number; creditMs?: number } = {}) {
    this.now = now;
    this.idleMs = idleMs;
    this.creditMs = creditMs;
    this.at = now();
  }

  /** Milliseconds until the next call to be granted is due, were all that are held to start now. Zero or less: it is due. */
  get dueInMs(): number {
    if (this.perMs === Infinity) return -Infinity;
    this.accrue();
    const lacking = this.held - this.balance;
    return lacking <= 0 && this.perMs === 0 ? Infinity : lacking / this.perMs;
  }

  setRate(perMs: number): void {
    if (perMs === this.perMs) return;
    this.accrue();
    if (perMs === Infinity) this.balance = 0;
    else if (this.perMs === Infinity || !this.hasStarted) this.balance = this.creditMs * perMs;
    this.perMs = perMs;
  }

  hold(units: number): void {
    this.held += units;
  }

  /** A held call will never start. */
  giveBack(units: number): void {
    this.held -= units;
  }

  /**
   * A held call starts now.
   * @returns by how many milliseconds it is late; `Infinity`: it was due at any time; below zero: it has missed its turn, and has
   * so long to wait for the next one.
   */
  start(units: number, latenessMs: number): number {
    this.held -= units;
    this.hasStarted = true;
    if (this.perMs === Infinity) return Infinity;
    this.accrue();
    if (this.perMs === 0) {
      this.balance -= units;
      return 0;
    }
    const lateMs = this.balance / this.perMs;
    const isIdle = lateMs >= this.idleMs;
    if (lateMs > latenessMs && !isIdle && this.turns !== undefined) return -this.startInTurn(units);
    if (lateMs > latenessMs) this.balance = isIdle ? 0 : latenessMs * this.perMs;
    this.balance -= units;
    // The others may have been idle as well, and start in this very moment.
    if (isIdle) this.toOwnTurn();
    return lateMs;
  }

  /**
   * A call that has started could not go out: where calls are made in turns, it does in its next one.
   * @returns milliseconds until then.
   */
  startAgain(units: number): number {
    if (this.turns === undefined || this.perMs === Infinity || this.perMs === 0) return 0;
    this.accrue();
    return this.startInTurn(units);
  }

  /** A call that has started takes more than was held for it, or, negative, less. */
  correct(units: number): void {
    if (this.perMs !== Infinity) this.balance -= units;
  }

  /**
   * From now on calls are due at multiples of `everyMs` after `from`, the next one later if need be: calls that several
   * processes make in turns must not drift into each other. `undefined`: anywhere again.
   */
  takeTurns(turns: Turns | undefined): void {
    this.turns = turns;
    this.toOwnTurn();
  }

  private startInTurn(units: number): number {
    this.balance = Math.min(this.balance, 0);
    this.toOwnTurn();
    const waitMs = Math.max(0, this.dueInMs);
    this.balance -= units;
    return waitMs;
  }

  private accrue(): void {
    const now = this.now();
    if (this.perMs !== Infinity) this.balance += (now - this.at) * this.perMs;
    this.at = now;
  }

  private toOwnTurn(): void {
    if (this.turns === undefined || this.perMs === Infinity || this.perMs === 0) return;
    this.accrue();
    const { from, everyMs } = this.turns;
    const dueAt = this.at - (this.balance - this.held) / this.perMs;
    const past = (((dueAt - from) % everyMs) + everyMs) % everyMs;
    if (Math.min(past, everyMs - past) > ALIGNED_MS) this.balance -= (everyMs - past) * this.perMs;
  }
}
