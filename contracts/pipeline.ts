import type { CompletionRequest, Cost, JsonObject, JsonValue, TokenUsage } from './completion.ts';
import type { MessageFailureType } from './failure-types.ts';
import type { InputRecord, RecordSource } from './record.ts';

/** Everything that passes between the bridge, the workflow and its activities. One object in, one object out. */

/** Task queues by the role of the workers that poll them. Outside names. */
export const TASK_QUEUES = { pipeline: 'pipeline', llm: 'llm', publish: 'publish', examples: 'examples' } as const;
export type WorkerRole = keyof typeof TASK_QUEUES;
export const WORKER_ROLES = Object.keys(TASK_QUEUES) as WorkerRole[];

export interface ProcessMessageInput {
  /** The message's id, or its workflow ID where the producer gave none. */
  readonly id: string;
  readonly record: InputRecord;
  /** Where `publish` runs: beside the workflow (cheaper), or on the `publish` task queue (scales alone). Default `local`. */
  readonly publish?: 'local' | 'remote';
}

/** The workflow's own result: small, because the output itself is in Kafka. */
export interface ProcessMessageResult {
  readonly status: 'completed';
  readonly attempts: number;
  readonly usage: TokenUsage;
}

export interface ValidateInput {
  readonly record: InputRecord;
}
export interface ValidatedMessage {
  readonly type: string;
  readonly tenant?: string;
  readonly metadata?: Readonly<Record<string, string>>;
}

export interface PreprocessInput {
  readonly type: string;
  readonly record: InputRecord;
}
export type Preprocessed = {
  /** Version of the few-shot examples in the prompt; absent when there are none. */
  readonly examplesVersion?: string;
} & (
  | {
      readonly kind: 'completion';
      readonly request: CompletionRequest;
      readonly timeoutMs: number;
      /** Goes through the provider's batches. */
      readonly batch?: true;
      readonly lastResort?: LastResort;
    }
  | { readonly kind: 'output'; readonly output: JsonValue }
);

/** The output of a message that has got no answer in time. */
export interface LastResort {
  /** Milliseconds from its preprocessing on. */
  readonly afterMs: number;
  readonly output: JsonValue;
}

/** To a message that is parked: it should go on, whatever its budget says. An outside name. */
export const RESUME_SIGNAL = 'resume';

export interface CompleteInput {
  readonly type: string;
  /** Who the message is for: its calls are put to this account. */
  readonly tenant?: string;
  readonly request: CompletionRequest;
  /** A first answer that did not hold, to be corrected: the one re-ask a message gets. */
  readonly rejected?: RejectedAnswer;
  /** It was too long for the one that was asked: this one gets it. */
  readonly provider?: string;
  /** What was counted before the message was parked or found too long, the first ask of a re-ask included. */
  readonly before?: AttemptsMade;
  /** No budget holds for this message: an operator resumed it. */
  readonly beyondBudget?: true;
}
export interface AttemptsMade {
  readonly attempts: number;
  /** Calls for the message so far that were, or may have been, paid. */
  readonly paidAttempts: number;
}
export interface Answered {
  readonly model: string;
  readonly provider: string;
  /** Of all calls made for the message so far. */
  readonly usage: TokenUsage;
  /** Of the same calls; absent when one of them has no known price. */
  readonly cost?: Cost;
  readonly attempts: number;
  /** The answer was given to an identical request: no call was made for it. */
  readonly cached?: true;
  /** By the provider's batches, at their price: all calls of `usage` were. */
  readonly batch?: true;
  /** Another provider than the first one answered. */
  readonly degraded?: true;
}
export type AcceptedAnswer = Answered & { readonly kind: 'output'; readonly output: JsonValue };
export type RejectedAnswer = Answered & {
  readonly kind: 'rejected';
  /** `truncated`: it hit the output limit, and is asked again with a larger one. `invalid`: it is asked again with the problem named. */
  readonly reason: 'truncated' | 'invalid';
  readonly text: string;
  readonly problem: string;
  /** Calls for the message so far that were, or may have been, paid. */
  readonly paidAttempts: number;
};
export type ProviderAnswer = AcceptedAnswer | RejectedAnswer;
/** No call was made: a budget is used up. */
export type ParkedMessage = AttemptsMade & {
  readonly kind: 'parked';
  /** Milliseconds since the epoch. */
  readonly until: number;
  /** In words for people. */
  readonly because: string;
};
/** The provider takes no message as long as this one. */
export type TooLong = AttemptsMade & {
  readonly kind: 'too-long';
  /** The provider to be asked next. */
  readonly next: string;
};
export type CompleteResult = ProviderAnswer | ParkedMessage | TooLong;

/** The value of a result record. Nothing in it depends on the clock or the process, so that a repeat has the same bytes. */
export interface ResultMessage {
  readonly id: string;
  readonly type: string;
  readonly status: 'completed';
  readonly output: JsonValue;
  readonly model: string | null;
  readonly provider: string | null;
  readonly usage: TokenUsage;
  readonly cost?: Cost;
  readonly attempts: number;
  readonly examplesVersion?: string;
  readonly source: RecordSource;
  /** Another provider than the first one answered, or none: then the output is the type's last resort. */
  readonly degraded?: true;
  readonly cached?: true;
  readonly metadata?: Readonly<Record<string, string>>;
}

export interface Failure {
  readonly type: MessageFailureType;
  /** Scrubbed, at most 500 characters. */
  readonly message: string;
  readonly attempts: number;
}

export type PublishInput = {
  readonly record: InputRecord;
  readonly workflowId: string;
} & (
  | { readonly kind: 'result'; readonly runId: string; readonly result: ResultMessage }
  | { readonly kind: 'dead-letter'; readonly failure: Failure }
);
export interface PublishResult {
  readonly topic: string;
  readonly partition: number;
  readonly offset: string;
}

/** A few-shot example: what a message's payload could be, and the output wanted for it. */
export interface Example {
  readonly input: JsonObject;
  readonly output: JsonValue;
}
/** The value of a record on the examples topic (key: the message type). Immutable: its version is a hash of its content. */
export interface ExampleSet {
  readonly type: string;
  readonly version: string;
  readonly examples: readonly Example[];
}
