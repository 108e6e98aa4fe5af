import type { Client } from '@temporalio/client';
import type { ActivitySlotInfo, CustomSlotSupplier, WorkerOptions, WorkerTuner } from '@temporalio/worker';
import { createAccounts } from '../accounting/create-accounts.ts';
import { createComplete } from '../activities/complete.ts';
import type { ExamplesActivities, LlmActivities, PipelineActivities, PublishActivities } from '../activities/index.ts';
import { createPreprocess } from '../activities/preprocess.ts';
import { createPublish } from '../activities/publish.ts';
import { createRefreshExamples } from '../activities/refresh-examples.ts';
import { createValidate } from '../activities/validate.ts';
import type { RecordPublisher } from '../kafka/record-publisher.ts';
import type { ProcessContext } from '../lifecycle/component.ts';
import { within } from '../lifecycle/within.ts';
import { createFallbackSource } from '../providers/fallback-source.ts';
import { createLongMessageCalls } from '../providers/long-message-calls.ts';
import { createProviderCalls, type CallSource } from '../providers/provider-calls.ts';
import { estimateTokens } from '../providers/token-estimate.ts';
import { underCeiling } from '../providers/under-ceiling.ts';
import { batchTypesOf } from './batch-types.ts';
import { confirmedHeartbeatOf } from './confirmed-heartbeat.ts';
import { createPermitSlotSupplier } from './permit-slot-supplier.ts';
import type { ProviderLane } from './provider-lane.ts';
import type { KeptBudgets } from './day-budgets.ts';
import type { Resources } from './resources.ts';
import type { AnswerCache } from './answer-cache.ts';
import { versionedAs } from './worker-version.ts';
import { workflowOptions } from './workflow-bundle.ts';
import { TASK_QUEUES, type WorkerRole } from '../contracts/pipeline.ts';

export interface WorkerParts extends Resources {
  readonly client: Client;
  /** For the role `llm`, where answers may be shared. */
  readonly cache: AnswerCache | undefined;
  /** For the role `llm`, where budgets are configured. */
  readonly budgets: KeptBudgets | undefined;
}

/** Of the slots: so many may be long messages that wait for their provider. */
const LONG_MESSAGES_PART = 1 / 4;

/**
 * A call has its tokens and its turn while it is confirmed: the longer that may take, the more calls may go out together after it.
 * A deadline of Temporal's client would be one for each of its tries.
 */
const CONFIRMED_WITHIN_MS = 3_000;
const UNCONFIRMED = "Temporal has not confirmed the attempt's heartbeat in time";

type RoleOptions = Omit<WorkerOptions, 'connection' | 'namespace' | 'taskQueue'>;

/** Draining has 45 s in all: calls get 30 of them to finish, then they are cancelled and retried elsewhere. */
export const SHUTDOWN: RoleOptions = { shutdownGraceTime: '30s', shutdownForceTime: '40s' };

/** A Temporal worker's options for one role: its task queue, what it runs and how much of it at a time. */
export function workerOptionsFor(
  role: WorkerRole,
  context: ProcessContext,
  parts: WorkerParts,
): RoleOptions & Pick<WorkerOptions, 'taskQueue'> {
  return { taskQueue: TASK_QUEUES[role], ...SHUTDOWN, ...OPTIONS[role](context, parts) };
}

const OPTIONS: Readonly<Record<WorkerRole, (context: ProcessContext, parts: WorkerParts) => RoleOptions>> = {
  pipeline,
  llm,
  publish,
  examples,
};

function pipeline(context: ProcessContext, resources: Resources): RoleOptions {
  const { registry, examples } = resources;
  return {
    ...workflowOptions(failuresOf(context)),
    ...versionedAs(context.config.workerVersion),
    activities: {
      validate: createValidate({ registry }),
      preprocess: createPreprocess({
        registry,
        examples,
        llmTimeoutMs: context.config.llm.timeoutMs,
        batchTypes: batchTypesOf(context.config.llm.batch.types, registry),
      }),
      publish: publishActivity(context, resources),
    } satisfies PipelineActivities,
    // Its activities are local ones: nothing to poll for.
    enableNonLocalActivities: false,
    // Pollers hold some of them; the others take the first tasks of eager starts. More would wait here beyond their time-out.
    maxConcurrentWorkflowTaskExecutions: 100,
    // As many as can be open, up to 2,000: a run that was evicted between two of its steps has to be replayed. One costs about 0.1 MB.
    maxCachedWorkflows: Math.min(context.config.maxOpenWorkflows, 2_000),
    // After a worker was killed its runs wait this long for it before another worker takes them.
    stickyQueueScheduleToStartTimeout: '5s',
  };
}

/** What calls cost, one at a time or in batches. */
export function accountsOf({ config, metrics, logger }: ProcessContext, budgets: KeptBudgets | undefined) {
  const { inOrder, forLongMessages } = config.providers;
  const models = new Map([...inOrder, ...forLongMessages].map(({ name, model }) => [name, model]));
  return createAccounts({
    ...{ prices: config.prices, metrics: metrics.llm, logger, onSpent: budgets?.spent },
    askedModel: (provider) => models.get(provider) ?? provider,
    estimateTokens: (request) => estimateTokens(request, 'sum'),
  });
}

function llm(
  { config, metrics, logger }: ProcessContext,
  { client, registry, lanes, cache, budgets }: WorkerParts,
): RoleOptions {
  if (lanes === undefined) throw new Error('this role calls a provider, but no lane was opened to it');
  const { maxAttempts, timeoutMs } = config.llm;
  const shared = (lane: ProviderLane) => cache?.share(lane, lane.config) ?? lane;
  const limited = <Source extends CallSource>(source: Source) =>
    lanes.ceiling === undefined ? source : underCeiling(source, lanes.ceiling);
  const calls = createProviderCalls(limited(createFallbackSource(lanes.inOrder.map(shared), config.providers)));
  const longMessages = createLongMessageCalls(
    new Map(lanes.forLongMessages.map((lane) => [lane.config.name, limited(shared(lane))])),
    {
      mostWaiting: Math.ceil(
        lanes.inOrder.reduce((sum, lane) => sum + lane.config.maxConcurrency, 0) * LONG_MESSAGES_PART,
      ),
    },
  );
  const cachedTypes = config.cache.types;
  const accounts = accountsOf({ config, metrics, logger }, budgets);
  const confirmedHeartbeat = confirmedHeartbeatOf(client);
  return {
    activities: {
      complete: createComplete({
        ...{ calls, longMessages, registry, accounts, budgets },
        ...{ maxAttempts, timeoutMs, cachedTypes },
        confirmedHeartbeat: (taskToken, details) =>
          within(CONFIRMED_WITHIN_MS, confirmedHeartbeat(taskToken, details), () => new Error(UNCONFIRMED)),
      }),
    } satisfies LlmActivities,
    tuner: permitTuner(createPermitSlotSupplier(calls, metrics)),
    // Cancellation comes with a heartbeat's answer: the default of 80 % of the time-out would make it wait ten seconds.
    maxHeartbeatThrottleInterval: '2s',
    defaultHeartbeatThrottleInterval: '2s',
  };
}

/** As the clients' data converter has it. */
function failuresOf({ config }: ProcessContext) {
  return config.temporal.payloads.keys.length > 0 ? 'encryptedFailures' : 'plainFailures';
}

function publish(context: ProcessContext, resources: Resources): RoleOptions {
  return { activities: { publish: publishActivity(context, resources) } satisfies PublishActivities };
}

function examples(context: ProcessContext, resources: Resources): RoleOptions {
  return {
    ...workflowOptions(failuresOf(context)),
    ...versionedAs(context.config.workerVersion),
    activities: {
      refreshExamplesFromSource: createRefreshExamples({
        source: context.config.examples.source,
        topic: context.config.kafka.examplesTopic,
        repository: resources.examples,
        registry: resources.registry,
        publisher: publisherOf(resources),
        metrics: context.metrics.examples,
      }),
    } satisfies ExamplesActivities,
    maxCachedWorkflows: 10,
    // One refresh at a time, now and then: few pollers.
    maxConcurrentActivityTaskExecutions: 2,
    maxConcurrentWorkflowTaskExecutions: 2,
    workflowTaskPollerBehavior: { type: 'simple-maximum', maximum: 2 },
    activityTaskPollerBehavior: { type: 'simple-maximum', maximum: 1 },
  };
}

function publishActivity({ config, metrics }: ProcessContext, resources: Resources) {
  const { outputTopic, deadLetterTopic } = config.kafka;
  return createPublish({ publisher: publisherOf(resources), metrics: metrics.messages, outputTopic, deadLetterTopic });
}

function publisherOf({ publisher }: Resources): RecordPublisher {
  if (publisher === undefined) throw new Error('this role publishes, but no publisher was opened for it');
  return publisher;
}

/** Activity slots by permit; the other kinds of slot are not used by an `llm` worker. */
function permitTuner(activityTaskSlotSupplier: CustomSlotSupplier<ActivitySlotInfo>): WorkerTuner {
  const fixed = (numSlots: number) => ({ type: 'fixed-size', numSlots }) as const;
  return {
    activityTaskSlotSupplier,
    workflowTaskSlotSupplier: fixed(2),
    localActivityTaskSlotSupplier: fixed(1),
    nexusTaskSlotSupplier: fixed(1),
  };
}
