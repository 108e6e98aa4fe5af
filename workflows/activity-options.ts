import { proxyActivities, proxyLocalActivities } from '@temporalio/workflow';
import type { LlmActivities, PipelineActivities, PublishActivities } from '../activities/index.ts';
import { TASK_QUEUES, type ProcessMessageInput } from '../contracts/pipeline.ts';

/**
 * Time limits, retry policies and task queues, each with its reason. Nothing here gives up for the world's faults: only a
 * non-retryable failure, which is the message's own, ends a message.
 */

/**
 * Validate and preprocess are computations of a millisecond, so they run in the worker that has the workflow: a remote
 * activity would cost two more round trips and six more events a message. Of many megabytes, in a process that has many such messages, they are
 * more, and their results go to the blob store: hence the minute.
 */
const preparing = (maximumAttempts?: number) =>
  proxyLocalActivities<Pick<PipelineActivities, 'validate' | 'preprocess'>>({
    startToCloseTimeout: '1m',
    retry: {
      initialInterval: '1s',
      backoffCoefficient: 2,
      maximumInterval: '1m',
      ...(maximumAttempts !== undefined && { maximumAttempts }),
    },
    // A longer wait becomes a timer in the history, so that the workflow task is not held open for it.
    localRetryThreshold: '5s',
  });

export const preparation = preparing();
/** For a message that is to be cancelled: it waits for no fix. */
export const shortPreparation = preparing(5);

/**
 * The provider call. Retries without end: the activity itself counts what may have been paid and fails for good at the cap.
 * No schedule-to-close: time in the queue, waiting for a permit, would count against it.
 */
export function completeWithin(timeoutMs: number) {
  return proxyActivities<LlmActivities>({
    taskQueue: TASK_QUEUES.llm,
    // The activity enforces the deadline itself and says what happened; this is for a worker that could not. Before it, the call
    // may have waited a minute for its tokens, and a long message half a minute for its permit.
    startToCloseTimeout: timeoutMs + 105_000,
    // Six missed beats: a worker that was killed or hangs is noticed in this time, whatever the deadline of the call.
    heartbeatTimeout: '12s',
    // The activity sets the delay of every failure it knows; this is for the others, a lost worker for example.
    retry: { initialInterval: '1s', backoffCoefficient: 2, maximumInterval: '1m' },
    // A cancelled message waits until its HTTP request is closed, so that the dead letter tells the truth.
    cancellationType: 'WAIT_CANCELLATION_COMPLETED',
  }).complete;
}

const PUBLISH = {
  startToCloseTimeout: '20s',
  // A broker outage is waited out: minutes of it cost a dozen attempts.
  retry: { initialInterval: '500ms', backoffCoefficient: 2, maximumInterval: '30s' },
} as const;

const publishLocal = proxyLocalActivities<PublishActivities>({ ...PUBLISH, localRetryThreshold: '5s' }).publish;
const publishRemote = proxyActivities<PublishActivities>({ ...PUBLISH, taskQueue: TASK_QUEUES.publish }).publish;

/** Beside the workflow by default, for the same reason as `validate`; on its own queue where it has to scale alone. */
export function publishBy(mode: ProcessMessageInput['publish']) {
  return mode === 'remote' ? publishRemote : publishLocal;
}
