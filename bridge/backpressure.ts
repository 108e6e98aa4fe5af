/** Twice the longest time that a start took to show in Temporal's visibility (1.5 s, on SQLite under load). */
const VISIBILITY_MARGIN_MS = 3_000;
/** Resuming at the mark that pauses would pause again with the next record. */
const RESUME_AT = 0.8;

/**
 * How many workflows may still be opened. Kafka is the cheap buffer: beyond the limit records stay there.
 *
 * The estimate is an upper bound. Every start counts at once; what has ended is learnt from counts by visibility, which lags,
 * so that a start within the margin before a count is counted on top of it. Lag makes the estimate stricter, never looser.
 * The price: not more than `maxOpen` starts in any margin of time.
 */
export interface Backpressure {
  /** Takes the right to one start; `false` when there is none. */
  tryTake(): boolean;
  /** The start ended. When unsure whether it opened a workflow: `true`. */
  settle(opened: boolean): void;
  /** Visibility counted this many open workflows; `askedAt` is when the question was asked, as `now` tells time. */
  counted(open: number, askedAt: number): void;
  readonly estimate: number;
  readonly paused: boolean;
}

export interface BackpressureDeps {
  readonly maxOpen: number;
  /** Milliseconds. */
  readonly now: () => number;
  /** Called when `paused` changes; it is false at first. */
  readonly onPausedChange: (paused: boolean) => void;
}

export function createBackpressure({ maxOpen, now, onPausedChange }: BackpressureDeps): Backpressure {
  let counted = 0;
  let starting = 0;
  /** When workflows were opened that the last count may not have seen. Ascending. */
  let opened: number[] = [];
  let paused = false;

  const estimate = () => counted + opened.length + starting;
  function adjust(): void {
    const pauseNow = estimate() >= (paused ? Math.ceil(maxOpen * RESUME_AT) : maxOpen);
    if (pauseNow === paused) return;
    paused = pauseNow;
    onPausedChange(paused);
  }

  return {
    tryTake() {
      if (paused || estimate() >= maxOpen) return false;
      starting += 1;
      adjust();
      return true;
    },
    settle(isOpen) {
      starting -= 1;
      if (isOpen) opened.push(now());
      adjust();
    },
    counted(open, askedAt) {
      counted = open;
      opened = opened.filter((at) => at > askedAt - VISIBILITY_MARGIN_MS);
      adjust();
    },
    get estimate() {
      return estimate();
    },
    get paused() {
      return paused;
    },
  };
}
