import type { Client } from '@temporalio/client';
import type { ProcessContext } from '../lifecycle/component.ts';
import { createKafka } from '../kafka/client.ts';
import { createKafkaRecordPublisher } from '../kafka/kafka-record-publisher.ts';
import { assertTopicsExist } from '../kafka/required-topics.ts';
import type { RecordPublisher } from '../kafka/record-publisher.ts';
import { createExampleRepository, type ExampleRepository } from '../examples/example-repository.ts';
import { followExamples, type ExamplesFollower } from '../examples/topic-follower.ts';
import { createProcessorRegistry, type ProcessorRegistry } from '../processors/registry.ts';
import { openLanes, type ProviderLanes } from './provider-lanes.ts';
import { ensureRefreshSchedule } from './refresh-schedule.ts';
import type { WorkerRole } from '../contracts/pipeline.ts';

/** What the activities of a worker process are built from; only what the process's roles need is opened. */
export interface Resources {
  readonly registry: ProcessorRegistry;
  readonly examples: ExampleRepository;
  readonly publisher: RecordPublisher | undefined;
  /** For the role `llm`. */
  readonly lanes: ProviderLanes | undefined;
  close(): Promise<void>;
}

const NEEDS_KAFKA: readonly WorkerRole[] = ['pipeline', 'publish', 'examples'];
const FOLLOWS_EXAMPLES: readonly WorkerRole[] = ['pipeline', 'examples'];

export async function createResources(options: {
  context: ProcessContext;
  client: Client;
  roles: readonly WorkerRole[];
}): Promise<Resources> {
  const { context, client, roles } = options;
  const { config, logger } = context;
  const registry = createProcessorRegistry();
  const examples = createExampleRepository();
  let publisher: RecordPublisher | undefined;
  let follower: ExamplesFollower | undefined;
  if (roles.some((role) => NEEDS_KAFKA.includes(role))) {
    const kafka = createKafka(config.kafka, logger, 'llm-kafka-pipeline-worker');
    const { outputTopic, deadLetterTopic, examplesTopic } = config.kafka;
    await assertTopicsExist(kafka, [outputTopic, deadLetterTopic, examplesTopic]);
    publisher = await createKafkaRecordPublisher({ kafka, logger });
    if (roles.some((role) => FOLLOWS_EXAMPLES.includes(role))) {
      follower = await followExamples({
        kafka,
        topic: examplesTopic,
        repository: examples,
        registry,
        logger,
        metrics: context.metrics.examples,
        groupPrefix: config.kafka.groupId,
      });
      await follower.ready;
    }
  }
  if (roles.includes('examples')) {
    const { source, refreshIntervalMs } = config.examples;
    await ensureRefreshSchedule(client, { intervalMs: refreshIntervalMs, hasSource: source !== undefined });
  }
  return {
    registry,
    examples,
    publisher,
    lanes: roles.includes('llm') ? openLanes(context, client) : undefined,
    close: async () => {
      await follower?.close();
      await publisher?.close();
    },
  };
}
