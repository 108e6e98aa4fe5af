import { setTimeout as delay } from 'node:timers/promises';
import type { EachBatchPayload, Kafka } from 'kafkajs';
import type { ProcessorRegistry } from '../processors/registry.ts';
import type { Logger } from '../telemetry/logger.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import { fromExampleRecord, type ExampleChange } from './example-record.ts';
import type { ExampleRepository } from './example-repository.ts';
import { createTopicProgress, type LastOffsets } from './topic-progress.ts';
import { readTopic } from './topic-reader.ts';

export interface ExamplesFollower {
  /** Resolves when the topic was read up to where it ended at start. Never rejects: without a broker it waits. */
  readonly ready: Promise<void>;
  close(): Promise<void>;
}

export interface ExamplesFollowerDeps {
  kafka: Kafka;
  topic: string;
  repository: ExampleRepository;
  registry: ProcessorRegistry;
  logger: Logger;
  metrics?: Metrics['examples'];
  /** How the consumer group's name begins, where the cluster allows only some. */
  groupPrefix?: string;
}

const END_ATTEMPTS = 10;

/**
 * Keeps the repository what the compacted examples topic says, for as long as the process lives: a set is replaced by a
 * newer one and removed by a tombstone; a record that does not hold is logged and changes nothing.
 * @throws when no broker tells where the topic ends: a process that starts without its examples would not show it.
 */
export async function followExamples(deps: ExamplesFollowerDeps): Promise<ExamplesFollower> {
  const { kafka, topic, registry, logger, groupPrefix = 'llm-kafka-pipeline' } = deps;
  const progress = createTopicProgress(await lastOffsets(kafka, topic));
  const closing = new AbortController();

  let setReady: () => void = () => undefined;
  const ready = new Promise<void>((resolve) => {
    setReady = resolve;
  });
  if (progress.caughtUp()) setReady();

  const eachBatch = ({ batch }: EachBatchPayload): Promise<void> => {
    const { partition } = batch;
    const lastOffset = BigInt(batch.lastOffset());
    const firstNew = progress.advance({ partition, lastOffset, highWatermark: BigInt(batch.highWatermark) });
    for (const { key, value, offset } of batch.messages) {
      if (BigInt(offset) < firstNew) continue;
      apply(deps, { change: fromExampleRecord({ key, value }, registry), partition, offset });
    }
    if (progress.caughtUp()) setReady();
    return Promise.resolve();
  };
  const reading = readTopic({
    kafka,
    topic,
    eachBatch,
    logger,
    groupPrefix: `${groupPrefix}-examples`,
    onQuiet: setReady,
    signal: closing.signal,
  });

  return {
    ready,
    async close() {
      closing.abort();
      await reading;
    },
  };
}

function apply(
  { repository, logger, metrics }: ExamplesFollowerDeps,
  { change, partition, offset }: { change: ExampleChange; partition: number; offset: string },
): void {
  if (change.kind === 'set') {
    const { type, version, examples } = change.set;
    repository.put(change.set);
    logger.info({ type, version, examples: examples.length }, 'examples in use');
  } else if (change.kind === 'removed') {
    repository.remove(change.type);
    logger.info({ type: change.type }, 'examples removed');
  } else {
    logger.warn({ partition, offset, problem: change.problem.slice(0, 500) }, 'ignored a record of the examples topic');
  }
  metrics?.sets.set(repository.sets().length);
}

/** A broker that just started, or a topic just created, has no leader for a moment. */
async function lastOffsets(kafka: Kafka, topic: string): Promise<LastOffsets> {
  const admin = kafka.admin();
  try {
    await admin.connect();
    for (let attempt = 1; ; attempt += 1) {
      try {
        const ends = await admin.fetchTopicOffsets(topic);
        return new Map(ends.map(({ partition, low, high }) => [partition, low === high ? -1n : BigInt(high) - 1n]));
      } catch (error) {
        if (attempt === END_ATTEMPTS) throw error;
        await delay(1_000);
      }
    }
  } finally {
    await admin.disconnect();
  }
}
