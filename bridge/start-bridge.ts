import { createKafka, type Kafka } from '../kafka/client.ts';
import { createKafkaRecordPublisher } from '../kafka/kafka-record-publisher.ts';
import { KafkaRecordSource } from '../kafka/kafka-record-source.ts';
import type { RecordPublisher } from '../kafka/record-publisher.ts';
import { assertTopicsExist } from '../kafka/required-topics.ts';
import { closeAfterFailure } from '../lifecycle/close-after-failure.ts';
import { DependencyUnavailableError } from '../lifecycle/errors.ts';
import type { Component, ProcessContext, StartComponent } from '../lifecycle/component.ts';
import type { OpenTemporal, TemporalAccess } from '../temporal/client.ts';
import { installRuntime } from '../temporal/runtime.ts';
import { ensureSearchAttributes } from '../temporal/search-attributes.ts';
import { createBackpressure, type Backpressure } from './backpressure.ts';
import { createBatchHandler } from './batch-handler.ts';
import { createDeadLetters } from './dead-letters.ts';
import { createDependencyState, type DependencyState } from '../lifecycle/dependency-state.ts';
import { createMessageStarter } from './message-starter.ts';
import { createOpenWorkflowCount } from './open-workflow-count.ts';
import { createQuarantine } from './quarantine.ts';
import { guardAgainstReplay } from './replay-guard.ts';
import { createWorkflowStarter } from './workflow-starter.ts';

/** Kafka → Temporal: the only part that moves consumer offsets. */
export const startBridge =
  (openTemporal: OpenTemporal): StartComponent =>
  async (context) => {
    const { config, metrics } = context;
    const logger = context.logger.child({ component: 'bridge' });
    installRuntime(logger);
    const kafka = createKafka(config.kafka, logger, 'llm-kafka-pipeline-bridge');
    await assertTopicsExist(kafka, [...config.kafka.inputTopics, config.kafka.deadLetterTopic]);
    const temporal = await openTemporal(config.temporal);
    let publisher: RecordPublisher | undefined;
    try {
      await ensureSearchAttributes(temporal.client);
      const { namespace } = config.temporal;
      await guardAgainstReplay({ kafka, namespace, retentionMs: temporal.retentionMs, config, logger });
      publisher = await createKafkaRecordPublisher({ kafka, logger });
      return await consume({ context: { config, metrics, logger }, kafka, temporal, publisher });
    } catch (error) {
      await closeAfterFailure(async () => publisher?.close(), logger);
      await closeAfterFailure(temporal.close, logger);
      throw error;
    }
  };

interface Connections {
  readonly context: ProcessContext;
  readonly kafka: Kafka;
  readonly temporal: TemporalAccess;
  readonly publisher: RecordPublisher;
}

async function consume({ context, kafka, temporal, publisher }: Connections): Promise<Component> {
  const { config, logger } = context;
  const metrics = context.metrics.bridge;
  const states = {
    temporal: createDependencyState('Temporal', logger),
    blobStore: createDependencyState('The blob store', logger),
    deadLetters: createDependencyState('The dead-letter topic', logger),
  };
  const source = createSource(context, kafka);
  const backpressure = createSourceBackpressure(context, source);
  const count = createOpenWorkflowCount({
    client: temporal.client,
    state: states.temporal,
    maxParked: config.maxParkedWorkflows,
    backpressure: {
      get toBeSeen() {
        return backpressure.toBeSeen;
      },
      counted(open, seen) {
        backpressure.counted(open, seen);
        metrics.openWorkflows.set(backpressure.estimate);
      },
    },
  });
  const { deadLetterTopic: topic } = config.kafka;
  const deadLetters = createDeadLetters({ ...{ publisher, logger, metrics, topic }, state: states.deadLetters });
  const startMessage = createMessageStarter({
    ...{ deadLetters, backpressure, metrics },
    starter: createWorkflowStarter(temporal.client, { eager: config.workerVersion === undefined }),
    states,
    publishMode: config.publishMode,
  });

  // Workflows that an earlier process left open count, before the first record is taken.
  await count.once().catch((cause: unknown) => {
    throw new DependencyUnavailableError('Temporal does not count workflows: is its visibility store there?', {
      cause,
    });
  });
  count.start();
  try {
    const { maxRecordBytes } = config;
    await source.start({
      records: createBatchHandler({ startMessage, deadLetters, backpressure, metrics, maxRecordBytes }),
      unreadable: createQuarantine({ deadLetters, metrics, logger }),
    });
  } catch (error) {
    count.stop();
    throw error;
  }
  return {
    name: 'bridge',
    failed: Promise.race([source.failed, states.temporal.gaveUp]),
    notReadyBecause: () => source.status().notReadyBecause ?? Object.values(states).find(isFailing)?.notReadyBecause(),
    async drain() {
      await source.stop();
      count.stop();
      await publisher.close();
      await temporal.close();
    },
  };
}

function createSource(
  { config, logger, metrics: { bridge: metrics } }: ProcessContext,
  kafka: Kafka,
): KafkaRecordSource {
  return new KafkaRecordSource({
    ...{ kafka, logger },
    groupId: config.kafka.groupId,
    topics: config.kafka.inputTopics,
    onAssignment(assignment) {
      logger.info({ assignment }, 'partitions assigned');
      // Lags of partitions that went to another member would stand for ever.
      metrics.lag.reset();
    },
    onReopen() {
      metrics.consumerRestarts.inc();
    },
    onOffsetReset({ topic, partition, position, logStart }) {
      metrics.offsetResets.inc({ topic, partition });
      metrics.recordsDeletedUnread.inc({ topic, partition }, Number(BigInt(logStart) - BigInt(position)));
    },
  });
}

/** Pauses all partitions together: the limit is one for all of them. */
function createSourceBackpressure(
  { config, logger, metrics }: ProcessContext,
  source: KafkaRecordSource,
): Backpressure {
  const backpressure = createBackpressure({
    maxOpen: config.maxOpenWorkflows,
    now: () => performance.now(),
    onPausedChange(paused) {
      logger.info({ paused, openWorkflows: backpressure.estimate }, 'backpressure');
      if (paused) source.pause();
      else source.resume();
      metrics.bridge.pausedPartitions.set(paused ? source.status().partitions : 0);
    },
  });
  return backpressure;
}

const isFailing = (state: DependencyState) => state.notReadyBecause() !== undefined;
