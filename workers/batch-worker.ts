import type { Client } from '@temporalio/client';
import { Worker } from '@temporalio/worker';
import { createBatchCollector } from '../activities/batch-collector.ts';
import { createBatchResults } from '../activities/batch-results.ts';
import { createCancelBatch } from '../activities/cancel-batch.ts';
import type { BatchActivities } from '../activities/index.ts';
import { createPollBatch } from '../activities/poll-batch.ts';
import { createReadBatchAnswer } from '../activities/read-batch-answer.ts';
import { createSubmitToBatch } from '../activities/submit-to-batch.ts';
import { BATCH_TASK_QUEUE, PROVIDER_BATCH, type BatchMember } from '../contracts/batch.ts';
import { TASK_QUEUES } from '../contracts/pipeline.ts';
import type { ProcessContext } from '../lifecycle/component.ts';
import type { ProcessorRegistry } from '../processors/registry.ts';
import type { TemporalAccess } from '../temporal/client.ts';
import type { BatchProvider } from '../providers/batch-provider.ts';
import { longMessageOrder } from '../providers/long-message-calls.ts';
import { confirmedHeartbeatOf } from './confirmed-heartbeat.ts';
import type { KeptBudgets } from './day-budgets.ts';
import { accountsOf, SHUTDOWN } from './worker-options.ts';

/** A file of 200 MB is what OpenAI takes; this is as much as the process should hold beside its other work. */
const MAX_BATCH_BYTES = 32 * 1024 * 1024;
/** A batch's two result files, ten minutes each at most. */
const READING_TIMEOUT_MS = 1_200_000;
/** For asking about batches and reading them, while a full one is gathered. */
const FURTHER_SLOTS = 100;

export interface BatchWorker {
  readonly worker: Worker;
  /** Makes a batch of what is gathered, now. */
  drain(): void;
}

/** Polls `llm-batch`, for batches of this provider. */
export async function createBatchWorker(options: {
  context: ProcessContext;
  temporal: TemporalAccess;
  provider: BatchProvider;
  registry: ProcessorRegistry;
  budgets: KeptBudgets | undefined;
}): Promise<BatchWorker> {
  const { context, temporal, provider, registry, budgets } = options;
  const { client, connection, dataConverter } = temporal;
  const { llm, providers } = context.config;
  const { windowMs, maxRequests, pollIntervalMs } = llm.batch;
  const collector = createBatchCollector({
    ...{ provider, windowMs, maxRequests, maxBytes: MAX_BATCH_BYTES },
    async announce(batchId, members) {
      context.logger.info({ batchId, messages: members.length }, 'messages wait for a batch of the provider');
      await announce(client, { provider: provider.name, batchId, members });
    },
  });
  const worker = await Worker.create({
    connection,
    dataConverter,
    namespace: client.options.namespace,
    taskQueue: BATCH_TASK_QUEUE,
    ...SHUTDOWN,
    activities: {
      submitToBatch: createSubmitToBatch({
        ...{ provider, collector, budgets, maxAttempts: llm.maxAttempts },
        confirmedHeartbeat: confirmedHeartbeatOf(client),
      }),
      pollBatch: createPollBatch({ provider, maxIntervalMs: pollIntervalMs }),
      cancelBatch: createCancelBatch({ provider }),
      readBatchAnswer: createReadBatchAnswer({
        results: createBatchResults(provider),
        registry,
        accounts: accountsOf(context, budgets),
        longMessages: longMessageOrder(providers.forLongMessages.map(({ name }) => name)),
        maxAttempts: llm.maxAttempts,
        askAgainInMs: pollIntervalMs,
        timeoutMs: READING_TIMEOUT_MS,
      }),
    } satisfies BatchActivities,
    // A request that is gathered holds a slot.
    maxConcurrentActivityTaskExecutions: maxRequests + FURTHER_SLOTS,
  });
  const drain = () => {
    collector.drain();
  };
  return { worker, drain };
}

/** Starts the workflow that watches the batch, if it does not run, and tells it who waits. */
async function announce(
  client: Client,
  { provider, batchId, members }: { provider: string; batchId: string; members: readonly BatchMember[] },
): Promise<void> {
  await client.workflow.signalWithStart(PROVIDER_BATCH.workflowType, {
    taskQueue: TASK_QUEUES.pipeline,
    workflowId: PROVIDER_BATCH.workflowId(provider, batchId),
    workflowIdReusePolicy: 'ALLOW_DUPLICATE',
    args: [{ batchId }],
    signal: PROVIDER_BATCH.join,
    signalArgs: [members],
  });
}
