/** The last starts before a count that have to be seen. More than one, because each of the server's shards is behind by itself. */
const MAX_TO_BE_SEEN = 20;
/** What no count has seen so long after others was deleted, or has got lost on its way to visibility. It must not stop the bridge for ever. */
const GIVE_UP_AFTER_MS = 300_000;
/** While nothing can be counted nothing is missed. */
const LONGEST_BETWEEN_COUNTS_MS = 10_000;
/** Resuming at the mark that pauses would pause again with the next record. */
const RESUME_AT = 0.8;

/** `unknown`: it may have opened a workflow. */
export type StartEnd = 'opened' | 'not-opened' | 'unknown';

/**
 * How many workflows may still be opened. Kafka is the cheap buffer: beyond the limit records stay there.
 *
 * Every start counts at once; what has ended is learnt from counts by visibility, which lags, under load by any time. So starts count
 * on top until visibility shows the last of them: lag makes the estimate stricter. What it can miss are starts in shards that are
 * further behind than those of the last ones, starts of unknown outcome, those that are not shown five minutes after others of the last
 * ones, and what an earlier process started and the first count does not show.
 * The price: not more than `maxOpen` starts in the time that visibility and two counts take.
 */
export interface Backpressure {
  /** Takes the right to one start; `false` when there is none. */
  tryTake(): boolean;
  /** The start ended. */
  settle(end: StartEnd, workflowId: string): void;
  /** Workflows of which visibility has to know all, before the next count, for the starts up to them to be in it. */
  readonly toBeSeen: readonly string[];
  /** Visibility counted this many open workflows; before, it knew `seen` of those to be seen. */
  counted(open: number, seen: number): void;
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
  /** The first `count` of them are forgotten together, when visibility knows the last ones of these. */
  let awaited: { readonly count: number; readonly lastIds: readonly string[] } = { count: 0, lastIds: [] };
  let mostSeen = 0;
  let missedForMs = 0;
  let countedAt = now();
  return {
    add(workflowId: string | undefined) {
      starts.push(workflowId);
    },
    counted(seen: number) {
      const passedMs = Math.min(now() - countedAt, LONGEST_BETWEEN_COUNTS_MS);
      countedAt = now();
      missedForMs = seen > mostSeen ? 0 : missedForMs + passedMs;
      mostSeen = Math.max(mostSeen, seen);
      const seenAll = seen >= awaited.lastIds.length;
      if (!seenAll && missedForMs < GIVE_UP_AFTER_MS) return;
      // Where none is shown visibility may stand still. Nothing is given up then, and the starts since will tell.
      if (seenAll || mostSeen > 0) starts = starts.slice(awaited.count);
      mostSeen = 0;
      missedForMs = 0;
      const ids = starts.filter((id) => id !== undefined);
      awaited = { count: starts.length, lastIds: [...new Set(ids.slice(-MAX_TO_BE_SEEN))] };
    },
    get toBeSeen() {
      return awaited.lastIds;
    },
    get size() {
      return starts.length;
    },
  };
}
