import { WaitingLine } from './waiting-line.ts';

interface Entry {
  readonly at: number;
  units: number;
}

/**
 * What was taken of a limit in the last minute, call by call, so that no minute sees more: a call whose units do not fit
 * waits until enough of the older ones have left. First come, first served. A call larger than the limit waits
 * until it has the minute for itself.
 */
export class MinuteWindow {
  private readonly now: () => number;
  private readonly windowMs: number;
  private limit = Infinity;
  private entries: Entry[] = [];
  /** Index of the oldest entry that is still in the window. */
  private first = 0;
  private sum = 0;
  /** By the units that each one wants. */
  private readonly line = new WaitingLine<number, Entry>(() => {
    this.pump();
  });
  private timer: NodeJS.Timeout | undefined;

  constructor(now: () => number, windowMs: number) {
    this.now = now;
    this.windowMs = windowMs;
  }

  /** Calls wait for it. */
  get isFull(): boolean {
    return this.line.length > 0;
  }

  setLimit(units: number): void {
    this.limit = units;
    this.pump();
  }

  /** Resolves when the units fit. Rejects with the signal's reason when aborted. */
  async enter(units: number, signal: AbortSignal): Promise<Taken> {
    const entry = await this.line.wait(units, signal);
    return {
      settle: (actual) => {
        this.settle(entry, actual);
      },
    };
  }

  private settle(entry: Entry, units: number): void {
    this.forgetOld();
    if (entry.at > this.now() - this.windowMs) this.sum += units - entry.units;
    entry.units = units;
    this.pump();
  }

  private pump(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    this.forgetOld();
    for (let units = this.line.first; units !== undefined; units = this.line.first) {
      const waitMs = this.waitMs(units);
      if (waitMs > 0) {
        this.timer = setTimeout(() => {
          this.pump();
        }, Math.ceil(waitMs));
        return;
      }
      const entry = { at: this.now(), units };
      this.entries.push(entry);
      this.sum += entry.units;
      this.line.grantFirst(entry);
    }
  }

  /** Milliseconds until so many units fit. */
  private waitMs(units: number): number {
    let left = this.sum;
    for (let index = this.first; left > 0 && left + units > this.limit; index += 1) {
      const entry = this.entries[index];
      if (entry === undefined) return 0;
      left -= entry.units;
      if (left <= 0 || left + units <= this.limit) return Math.max(1, entry.at + this.windowMs - this.now());
    }
    return 0;
  }

  private forgetOld(): void {
    const until = this.now() - this.windowMs;
    for (
      let entry = this.entries[this.first];
      entry !== undefined && entry.at <= until;
      entry = this.entries[this.first]
    ) {
      this.sum -= entry.units;
      this.first += 1;
    }
    if (this.first * 2 <= this.entries.length) return;
    this.entries = this.entries.slice(this.first);
    this.first = 0;
    if (this.entries.length === 0) this.sum = 0;
  }
}

/** What a call has taken of the minute. */
export interface Taken {
  /** What it took in the end. */
  settle(units: number): void;
}
