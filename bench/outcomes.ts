export interface OutcomeSink {
  noteResult(id: string, atMs: number): void;
  noteDeadLetter(id: string): void;
}

/** What became of a set of messages, as the output and dead-letter topics tell. Records of other messages are ignored. */
export interface Outcomes extends OutcomeSink {
  /** Messages with a result or a dead letter. */
  settled(): number;
  tally(): Tally;
}

export interface Tally {
  /** When the first result of each id reached the topic, in milliseconds since the epoch. */
  readonly resultAt: ReadonlyMap<string, number>;
  readonly deadLetters: number;
  /** Neither a result nor a dead letter. */
  readonly lost: number;
  /** Result records beyond the first of each id. */
  readonly duplicates: number;
}

export function createOutcomes(ids: readonly string[]): Outcomes {
  const expected = new Set(ids);
  const resultAt = new Map<string, number>();
  const deadLetters = new Set<string>();
  const ended = new Set<string>();
  let duplicates = 0;
  return {
    noteResult(id, atMs) {
      if (!expected.has(id)) return;
      ended.add(id);
      if (resultAt.has(id)) duplicates += 1;
      else resultAt.set(id, atMs);
    },
    noteDeadLetter(id) {
      if (!expected.has(id)) return;
      ended.add(id);
      deadLetters.add(id);
    },
    settled: () => ended.size,
    tally: () => ({ resultAt, deadLetters: deadLetters.size, lost: expected.size - ended.size, duplicates }),
  };
}
