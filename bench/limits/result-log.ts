import type { OutcomeSink } from '../outcomes.ts';

/** What has ended, of messages whose number is not known beforehand. */
export interface ResultLog extends OutcomeSink {
  readonly results: ReadonlySet<string>;
  readonly deadLetters: ReadonlySet<string>;
  /** Result records beyond the first of each id. */
  duplicates(): number;
  /** Messages with a result or a dead letter. */
  ended(): number;
  hasEnded(id: string): boolean;
}

export function createResultLog(): ResultLog {
  const results = new Set<string>();
  const deadLetters = new Set<string>();
  const ended = new Set<string>();
  let duplicates = 0;
  return {
    results,
    deadLetters,
    noteResult(id) {
      if (results.has(id)) duplicates += 1;
      results.add(id);
      ended.add(id);
    },
    noteDeadLetter(id) {
      deadLetters.add(id);
      ended.add(id);
    },
    duplicates: () => duplicates,
    ended: () => ended.size,
    hasEnded: (id) => ended.has(id),
  };
}
