import { proxyActivities } from '@temporalio/workflow';
import type { BatchActivities } from '../activities/index.ts';
import { BATCH_TASK_QUEUE } from '../contracts/batch.ts';

/** Retries without end, as with a call of a message's own. */
const FOR_EVER = {
  taskQueue: BATCH_TASK_QUEUE,
  retry: { initialInterval: '1s', backoffCoefficient: 2, maximumInterval: '1m' },
} as const;

export const { submitToBatch } = proxyActivities<Pick<BatchActivities, 'submitToBatch'>>({
  ...FOR_EVER,
  // Gathering (LLM_BATCH_WINDOW, at most half an hour), the upload, and Temporal's confirmations.
  startToCloseTimeout: '1h',
  // Three missed beats. No sooner: gathering may take long, and each beat of each request is a call to Temporal.
  heartbeatTimeout: '30s',
  // Once its batch is made a message has to know, to take itself out of it.
  cancellationType: 'WAIT_CANCELLATION_COMPLETED',
});

export const { pollBatch, cancelBatch } = proxyActivities<Pick<BatchActivities, 'pollBatch' | 'cancelBatch'>>({
  ...FOR_EVER,
  startToCloseTimeout: '2m',
});

export const { readBatchAnswer } = proxyActivities<Pick<BatchActivities, 'readBatchAnswer'>>({
  ...FOR_EVER,
  // Two files of ten minutes at most.
  startToCloseTimeout: '25m',
  heartbeatTimeout: '30s',
});
