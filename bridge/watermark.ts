/**
 * Turns completions in any order into offsets in order: of one batch, the last record before the first unfinished one. Only
 * that may be resolved; the client library takes any offset, also one with a hole before it.
 */
export interface Watermark {
  /** @returns the offset that may now be resolved, or `undefined` when the watermark did not move. */
  complete(index: number): string | undefined;
  /** Records below the watermark. */
  readonly completed: number;
}

/** @param offsets of the batch's records, ascending, gaps allowed. One watermark per batch: an assignment's end is its end. */
export function createWatermark(offsets: readonly string[]): Watermark {
  const done = new Set<number>();
  let next = 0;
  return {
    complete(index) {
      done.add(index);
      const before = next;
      while (done.delete(next)) next += 1;
      return next === before ? undefined : offsets[next - 1];
    },
    get completed() {
      return next;
    },
  };
}
