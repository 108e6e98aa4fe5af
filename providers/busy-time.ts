/** How much of the time something was so, from one question to the next. */
export class BusyTime {
  private readonly now: () => number;
  private askedAt: number;
  private busyMs = 0;
  private since: number | undefined;

  constructor(now: () => number) {
    this.now = now;
    this.askedAt = now();
  }

  begins(): void {
    this.since ??= this.now();
  }

  ends(): void {
    if (this.since !== undefined) this.busyMs += this.now() - this.since;
    this.since = undefined;
  }

  /** 0 to 1, since the last question. */
  take(): number {
    const goesOn = this.since !== undefined;
    this.ends();
    const passedMs = this.now() - this.askedAt;
    const part = passedMs > 0 ? Math.min(1, this.busyMs / passedMs) : 0;
    this.busyMs = 0;
    this.askedAt = this.now();
    if (goesOn) this.begins();
    return part;
  }
}
