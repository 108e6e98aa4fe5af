/** A partition's last offset at some moment; -1 when it had no records. */
export type LastOffsets = ReadonlyMap<number, bigint>;

export interface TopicProgress {
  /**
   * Notes a batch and returns the offset below which its records were read before. After a lost connection the topic is
   * read again from its beginning: applied once more, its older records would bring old sets back for a moment.
   */
  advance(batch: { partition: number; lastOffset: bigint; highWatermark: bigint }): bigint;
  /** Whether every partition was read up to where it ended at start. */
  caughtUp(): boolean;
}

export function createTopicProgress(atStart: LastOffsets): TopicProgress {
  const read = new Map<number, bigint>();
  const positionOf = (partition: number) => read.get(partition) ?? -1n;
  return {
    advance({ partition, lastOffset, highWatermark }) {
      // A topic that is shorter than what was read of it was deleted and created again.
      const before = positionOf(partition) < highWatermark ? positionOf(partition) : -1n;
      read.set(partition, lastOffset > before ? lastOffset : before);
      return before + 1n;
    },
    caughtUp: () => [...atStart].every(([partition, lastOffset]) => positionOf(partition) >= lastOffset),
  };
}
