/**
 * Where records come from. No client library's types: whoever implements it has to keep what is said here, above all that
 * nothing but `resolve` moves an offset.
 */
export interface RecordSource {
  /**
   * Joins the group and hands over everything there is. What belongs to one partition comes one after the other and in order;
   * that of different partitions may overlap.
   * @throws {DependencyUnavailableError} when Kafka does not answer.
   */
  start(handlers: RecordHandlers): Promise<void>;
  /** Stops fetching, for all partitions, now and after every rebalance, until `resume`. Batches already fetched still come. */
  pause(): void;
  resume(): void;
  status(): SourceStatus;
  /** Aborts the batches under way, commits what they have resolved and leaves the group. Bounded; also while it starts. */
  stop(): Promise<void>;
  /**
   * Rejects when no fetch succeeded for minutes, whatever was tried, or when the group's position is behind a log's end: only
   * an operator knows what has become of the records there. Never resolves.
   */
  readonly failed: Promise<never>;
}

export interface RecordHandlers {
  readonly records: BatchHandler;
  readonly unreadable: UnreadableHandler;
}

/**
 * A handler that returns without having resolved everything gets the rest again. It has to return within half of the group's
 * rebalance timeout, and soon after `batch.signal` aborts.
 */
export type BatchHandler = (batch: RecordBatch) => Promise<void>;

/** Resolves with whether the batch is accounted for elsewhere. Only then its range is passed; otherwise it comes again. */
export type UnreadableHandler = (batch: UnreadableBatch) => Promise<boolean>;

export interface BatchPart {
  readonly topic: string;
  readonly partition: number;
  /** Aborts when the source stops, or has lost its place in the group. */
  readonly signal: AbortSignal;
  /**
   * To be called every few seconds while working; cheap when called more often. Rejects when the group no longer wants
   * this member's work: let that rejection out, it makes the source join again.
   */
  heartbeat(): Promise<void>;
}

export interface RecordBatch extends BatchPart {
  /** In the order of their offsets, which may have gaps. */
  readonly records: readonly SourceRecord[];
  /** Records behind this batch at the time of the fetch. */
  readonly lag: number;
  /** Everything up to and including this offset is done with. Must not go backwards. */
  resolve(offset: string): void;
}

/** A batch as a producer wrote it whose records cannot be had: damaged, or expanding to more than memory is given for. */
export interface UnreadableBatch extends BatchPart {
  readonly firstOffset: string;
  readonly lastOffset: string;
  /** As the batch says; a compacted topic has fewer records than offsets. */
  readonly recordCount: number;
  /** The latest of the batch, in milliseconds since the epoch, in decimal. */
  readonly timestamp: string;
  readonly reason: 'too-large' | 'damaged';
  /** One sentence for people. */
  readonly detail: string;
  readonly compression: 'none' | 'gzip' | 'snappy' | 'lz4' | 'zstd' | 'unknown';
  /** The records as they are stored, compressed or not. */
  readonly bytes: Buffer;
}

/** A position that the log does not have. Offsets in decimal. */
export interface OffsetOutOfRange {
  readonly topic: string;
  readonly partition: number;
  readonly position: string;
  /** Above `position`: the records from there to here are gone, and consumption goes on here. */
  readonly logStart: string;
  readonly logEnd: string;
}

export interface SourceRecord {
  readonly topic: string;
  readonly partition: number;
  /** An int64 in decimal. */
  readonly offset: string;
  /** Milliseconds since the epoch, in decimal. */
  readonly timestamp: string;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  /** In order; a name may occur more than once, and a value be null. */
  readonly headers: readonly (readonly [name: string, value: Buffer | null])[];
}

export interface SourceStatus {
  /** `undefined` when records can flow; otherwise one sentence that says what is missing. */
  readonly notReadyBecause: string | undefined;
  /** Partitions this member has. */
  readonly partitions: number;
  readonly paused: boolean;
}
