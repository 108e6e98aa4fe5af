/**
 * Where records come from. No client library's types: whoever implements it has to keep what is said here, above all that
 * nothing but `resolve` moves an offset.
 */
export interface RecordSource {
  /**
   * Joins the group and hands every batch to `handler`. Batches of one partition come one after the other and in order;
   * those of different partitions may overlap.
   * @throws {DependencyUnavailableError} when Kafka does not answer.
   */
  start(handler: BatchHandler): Promise<void>;
  /** Stops fetching, for all partitions, now and after every rebalance, until `resume`. Batches already fetched still come. */
  pause(): void;
  resume(): void;
  status(): SourceStatus;
  /** Aborts the batches under way, commits what they have resolved and leaves the group. Bounded. */
  stop(): Promise<void>;
  /** Rejects when no fetch succeeded for minutes, whatever was tried. Never resolves. */
  readonly failed: Promise<never>;
}

/**
 * A handler that returns without having resolved everything gets the rest again. It has to return within half of the group's
 * rebalance timeout, and soon after `batch.signal` aborts.
 */
export type BatchHandler = (batch: RecordBatch) => Promise<void>;

export interface RecordBatch {
  readonly topic: string;
  readonly partition: number;
  /** In the order of their offsets, which may have gaps. */
  readonly records: readonly SourceRecord[];
  /** Records behind this batch at the time of the fetch. */
  readonly lag: number;
  /** Aborts when the source stops, or has lost its place in the group. */
  readonly signal: AbortSignal;
  /** Everything up to and including this offset is done with. Must not go backwards. */
  resolve(offset: string): void;
  /**
   * To be called every few seconds while working; cheap when called more often. Rejects when the group no longer wants
   * this member's work: let that rejection out, it makes the source join again.
   */
  heartbeat(): Promise<void>;
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
  readonly headers: readonly (readonly [name: string, value: Buffer])[];
}

export interface SourceStatus {
  /** `undefined` when records can flow; otherwise one sentence that says what is missing. */
  readonly notReadyBecause: string | undefined;
  /** Partitions this member has. */
  readonly partitions: number;
  readonly paused: boolean;
}
