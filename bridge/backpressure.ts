/** The last starts before a count that have to be seen. More than one, because each of the server's shards is behind by itself. */
const MAX_TO_BE_SEEN = 20;
/** What no count has seen for so long was deleted, or has got lost on its way to visibility. It must not stop the bridge for ever. */
const GIVE_UP_AFTER_MS = 300_000;
/** While nothing can be counted nothing is missed. */
const LONGEST_BETWEEN_COUNTS_MS = 10_000;
/** Resuming at the mark that pauses would pause again with the next record. */
const RESUME_AT = 0.8;

/**
 * How many workflows may still be opened. Kafka is the cheap buffer: beyond the limit records stay there.
 *
 * Every start counts at once; what has ended is learnt from counts by visibility, which lags, under load by any time. So starts count
 * on top until visibility shows the last of them: lag makes the estimate stricter. What it can miss are starts in shards that are
 * further behind than those of the last ones, starts of unknown outcome, and, once in five minutes, starts that are not shown for so long.
 * The price: not more than `maxOpen` starts in the time that visibility and two counts take.
 */
export interface Backpressure {
  /** Takes the right to one start; `false` when there is none. */
  tryTake(): boolean;
  /** The start ended. `unknown`: it may have opened a workflow. */
  settle(end: 'opened' | 'not-opened' | 'unknown', workflowId: string): void;
  /** Workflows of which visibility has to know all, before the next count, for the starts up to them to be in it. */
  readonly toBeSeen: readonly string[];
  /** Visibility counted this many open workflows; `seen` says whether it knew before of all that was to be seen. */
  counted(open: number, seen: boolean): void;
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
  const starts = createUncountedStarts(now);
  let paused = false;

  const estimate = () => counted + starts.size + starting;
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
    settle(end, workflowId) {
      starting -= 1;
      if (end !== 'not-opened') starts.add(end === 'opened' ? workflowId : undefined);
      adjust();
    },
    get toBeSeen() {
      return starts.toBeSeen;
    },
    counted(open, seen) {
      counted = open;
      starts.counted(seen);
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

/** The starts that the last count may not have seen. */
function createUncountedStarts(now: () => number) {
  /** In their order; without an id where nobody knows whether there is a workflow. */
  let starts: (string | undefined)[] = [];
  /** So many of them are forgotten together, when visibility knows the last of these. */
  let due = 0;
  let toBeSeen: readonly string[] = [];
  let missedForMs = 0;
  let countedAt = now();
  return {
    add(workflowId: string | undefined) {
      starts.push(workflowId);
    },
    counted(seen: boolean) {
      missedForMs += Math.min(now() - countedAt, LONGEST_BETWEEN_COUNTS_MS);
      countedAt = now();
      if (!seen && missedForMs < GIVE_UP_AFTER_MS) return;
      missedForMs = 0;
      starts = starts.slice(due);
      due = starts.length;
      toBeSeen = [...new Set(starts.filter((id) => id !== undefined).slice(-MAX_TO_BE_SEEN))];
    },
    get toBeSeen() {
      return toBeSeen;
    },
    get size() {
      return starts.length;
    },
  };
}
