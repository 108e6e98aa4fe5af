import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { Consumer, EachBatchPayload, Kafka } from 'kafkajs';
import { DependencyUnavailableError } from '../lifecycle/errors.ts';
import type { ProcessorRegistry } from '../processors/registry.ts';
import type { Logger } from '../telemetry/logger.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import { fromExampleRecord } from './example-record.ts';
import type { ExampleRepository } from './example-repository.ts';
import { createTopicProgress, type LastOffsets } from './topic-progress.ts';

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
  /** Start of the consumer group's name, where the cluster allows only some. */
  groupPrefix?: string;
}

const RESTART_MS = 5_000;
/** A deleted tombstone can leave the topic's end without records: joined and nothing more to read also counts as read. */
const QUIET_MS = 10_000;

/**
 * Keeps the repository what the compacted examples topic says, for as long as the process lives: a set is replaced by a
 * newer one and removed by a tombstone; a record that does not hold is logged and changes nothing.
 * @throws {DependencyUnavailableError} when the topic's end cannot be read.
 */
export async function followExamples(deps: ExamplesFollowerDeps): Promise<ExamplesFollower> {
  const { kafka, topic, logger, groupPrefix = 'llm-kafka-pipeline' } = deps;
  const progress = createTopicProgress(await lastOffsets(kafka, topic));
  const closing = new AbortController();
  const closed = new Promise<void>((resolve) => {
    closing.signal.addEventListener('abort', () => {
      resolve();
    });
  });
  // Every process reads everything, so each has a group of its own. Nothing is committed: a group without members and
  // offsets is forgotten by the broker, also when its process was killed.
  const groupId = `${groupPrefix}-examples-${randomUUID()}`;
  let setReady: () => void = () => undefined;
  const ready = new Promise<void>((resolve) => {
    setReady = resolve;
  });
  if (progress.caughtUp()) setReady();

  const eachBatch = ({ batch }: EachBatchPayload): Promise<void> => {
    const { partition } = batch;
    const lastOffset = BigInt(batch.lastOffset());
    const firstNew = progress.batch({ partition, lastOffset, highWatermark: BigInt(batch.highWatermark) });
    for (const record of batch.messages) {
      if (BigInt(record.offset) >= firstNew) apply(deps, { ...record, partition });
    }
    if (progress.caughtUp()) setReady();
    return Promise.resolve();
  };

  const running = (async () => {
    while (!closing.signal.aborted) {
      try {
        await readUntilGivenUp({ kafka, topic, groupId, eachBatch, closed, onQuiet: setReady });
      } catch (error) {
        logger.warn({ err: error, topic }, 'the examples topic cannot be read; trying again');
      }
      await delay(RESTART_MS, undefined, { signal: closing.signal }).catch(() => undefined);
    }
  })();

  return {
    ready,
    async close() {
      closing.abort();
      await running;
      await deleteGroup(kafka, groupId).catch((error: unknown) => {
        logger.debug({ err: error, groupId }, 'the group was not deleted; the broker will');
      });
    },
  };
}

function apply(deps: ExamplesFollowerDeps, record: Parameters<typeof fromExampleRecord>[0] & RecordPosition): void {
  const { repository, registry, logger, metrics } = deps;
  const change = fromExampleRecord(record, registry);
  if (change.kind === 'set') {
    repository.put(change.set);
    const { type, version, examples } = change.set;
    logger.info({ type, version, examples: examples.length }, 'examples in use');
  } else if (change.kind === 'removed') {
    repository.remove(change.type);
    logger.info({ type: change.type }, 'examples removed');
  } else {
    const { partition, offset } = record;
    logger.warn({ partition, offset, problem: change.problem.slice(0, 500) }, 'a record of the examples topic is ignored');
  }
  metrics?.sets.set(repository.sets().length);
}
interface RecordPosition {
  readonly partition: number;
  readonly offset: string;
}

/** Resolves when the client library gave up for good, which it does on errors it does not know, or when closed. */
async function readUntilGivenUp(options: {
  kafka: Kafka;
  topic: string;
  groupId: string;
  eachBatch: (payload: EachBatchPayload) => Promise<void>;
  closed: Promise<void>;
  onQuiet: () => void;
}): Promise<void> {
  const { kafka, topic, groupId, eachBatch, closed, onQuiet } = options;
  // The wait of a fetch is also how long closing takes at most.
  const consumer = kafka.consumer({ groupId, maxWaitTimeInMs: 1_000, allowAutoTopicCreation: false });
  const quiet = quietAfterJoin(consumer, onQuiet);
  const gaveUp = new Promise<void>((resolve) => {
    consumer.on('consumer.crash', ({ payload }) => {
      if (!payload.restart) resolve();
    });
  });
  try {
    await consumer.connect();
    await consumer.subscribe({ topic, fromBeginning: true });
    await consumer.run({ autoCommit: false, eachBatch });
    await Promise.race([gaveUp, closed]);
  } finally {
    clearTimeout(quiet);
    await consumer.disconnect();
  }
}
