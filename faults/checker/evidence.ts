import type { MessageFailureType } from '../../contracts/failure-types.ts';
import type { RecordSource } from '../../contracts/record.ts';
import type { ReadRecord } from '../../dev/stack/followed-topic.ts';
import type { StandInCall } from '../../dev/standin/client.ts';
import type { FaultWindow } from '../bed/fault-log.ts';
import type { ProcessEnd } from '../bed/processes.ts';

/** Everything that the outside knows about a case when it is over: the topics, Temporal, the provider's ledger, the processes. */
export interface Evidence {
  readonly sent: readonly SentRecord[];
  /**
   * Contents by place, as `contentOf` and `placeOf` have them, of further records of the input topic: a producer that hears nothing of a
   * request repeats it, and knows the place of what was acknowledged only. Read where a result names such a place.
   */
  readonly copies: ReadonlyMap<string, string>;
  readonly results: readonly ReadRecord[];
  readonly deadLetters: readonly ReadRecord[];
  /** Of messages, open and closed ones; a workflow that was started twice is there twice. */
  readonly runs: readonly MessageRun[];
  readonly calls: readonly StandInCall[];
  readonly windows: readonly FaultWindow[];
  readonly commits: readonly CommitSample[];
  /** The input topic's partitions when every process had ended. */
  readonly partitions: readonly { readonly partition: number; readonly end: string; readonly committed: string }[];
  readonly processes: readonly ProcessEnd[];
  /** Bridges that said, when everything was settled, that they have paused partitions. */
  readonly pausedBridges: readonly string[];
  /** Where the secret was found. */
  readonly secretIn: readonly string[];
}

/** Whichever is given is allowed: the message's result, a dead letter of this type, or one of the two. */
export interface Expectation {
  /** The id in the result's headers. */
  readonly result?: string;
  readonly deadLetter?: MessageFailureType;
}

export interface SentRecord {
  readonly source: RecordSource;
  /** The id its workflow is named after; `undefined`: its coordinates. */
  readonly id: string | undefined;
  readonly key: Buffer | null;
  readonly expect: Expectation;
  /** What its summary begins with; absent: anything. */
  readonly answer?: string;
  /** Of its key and value, by `contentOf`. */
  readonly content: string;
}

export interface MessageRun {
  readonly workflowId: string;
  readonly status: string;
  /** Milliseconds since the epoch. */
  readonly startedAt: number;
}

/** What the broker said the group has committed. */
export interface CommitSample {
  /** When its answer was here, in milliseconds since the epoch. */
  readonly at: number;
  /** By partition; none committed: absent. */
  readonly offsets: ReadonlyMap<number, bigint>;
}
