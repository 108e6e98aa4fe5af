import type { AttemptsMade, CompleteInput, ParkedMessage, ProviderAnswer, TooLong } from './pipeline.ts';

/**
 * What passes between messages, their provider's batches and the activities on both. Names in here are outside names: they are
 * in histories.
 */

/** Polled by `llm` workers, without permits: providers count batches apart. */
export const BATCH_TASK_QUEUE = 'llm-batch';

/** The workflow that watches one batch for all messages in it. */
export const PROVIDER_BATCH = {
  workflowType: 'providerBatch',
  workflowId: (provider: string, batchId: string) => `batch:${provider}:${batchId}`,
  join: 'join',
  leave: 'leave',
} as const;

/** The signal that tells a message that its batch has ended, with the batch's id. */
export const BATCH_ENDED = 'batchEnded';

export interface ProviderBatchInput {
  readonly batchId: string;
}

/** A run of a message that has a request in a batch. */
export interface BatchMember {
  readonly workflowId: string;
  readonly runId: string;
}

/** Where a message's request is. */
export interface BatchTicket {
  readonly kind: 'ticket';
  readonly provider: string;
  readonly batchId: string;
  /** Of its line in the batch. */
  readonly customId: string;
}

export interface SubmitToBatchInput extends CompleteInput {
  readonly before: AttemptsMade;
  /** So many of its batches were refused as a whole: it, or another one in them, is to blame. */
  readonly refused?: number;
}
export type SubmitToBatchResult = BatchTicket | ParkedMessage;
export interface ReadBatchAnswerInput extends SubmitToBatchInput {
  readonly ticket: BatchTicket;
}
/** `again`: by the world's fault there is no answer, so the request goes into another batch. */
export type BatchResult = ProviderAnswer | TooLong | AskAgain;
interface AskAgain extends AttemptsMade {
  readonly kind: 'again';
  readonly because: string;
  /** The batch was refused as a whole. */
  readonly refused?: boolean;
}
