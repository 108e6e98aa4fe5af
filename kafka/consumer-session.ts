import kafkajs, { type Consumer, type EachBatchPayload, type Kafka } from 'kafkajs';
import type { Logger } from '../telemetry/logger.ts';
import { toHeaderPairs } from './record-headers.ts';
import type { BatchHandler, RecordBatch } from './record-source.ts';

/** One kafkajs consumer, from joining the group to its crash or close. It never comes back to life: the source opens another. */
export interface ConsumerSession {
  /** Only after the first join. */
  setPaused(paused: boolean): void;
  /** Resolves with the reason when the client library has given up. */
  readonly crashed: Promise<Error>;
  close(): Promise<void>;
}

export interface ConsumerSessionDeps {
  readonly kafka: Pick<Kafka, 'consumer'>;
  readonly groupId: string;
  readonly topics: readonly string[];
  readonly logger: Logger;
  readonly handler: BatchHandler;
  /** Asked after every join: what the library remembers as paused survives a rebalance and is lost with a consumer. */
  readonly shouldPause: () => boolean;
  /** The group gave this member these partitions, none included. */
  readonly onJoin: (assignment: Readonly<Record<string, readonly number[]>>) => void;
  readonly onRebalance: () => void;
  /** A fetch succeeded, also when nothing was new or everything is paused. */
  readonly onFetch: () => void;
}

/** @throws when Kafka does not answer; nothing is left open then. */
export async function openConsumerSession(deps: ConsumerSessionDeps): Promise<ConsumerSession> {
  const { topics } = deps;
  const consumer = createConsumer(deps);
  const closing = new AbortController();
  const crashed = listen(consumer, deps, closing.signal);
  try {
    await consumer.connect();
    await consumer.subscribe({ topics: [...topics], fromBeginning: true });
    await consumer.run({
      // True would resolve the last offset of a batch that was left early, and lose the rest of it.
      eachBatchAutoResolve: false,
      autoCommit: true,
      autoCommitInterval: 5_000,
      // One fetch brings several partitions; the next waits for the slowest of them.
      partitionsConsumedConcurrently: 4,
      eachBatch: (payload) => handBatch(payload, deps, closing.signal),
    });
  } catch (error) {
    await consumer.disconnect().catch(() => undefined);
    throw error;
  }
  return {
    crashed,
    setPaused(paused) {
      setPaused(consumer, topics, paused);
    },
    async close() {
      closing.abort(new Error('The consumer is closing'));
      await consumer.disconnect();
    },
  };
}

function createConsumer({ kafka, groupId }: ConsumerSessionDeps): Consumer {
  return kafka.consumer({
    groupId,
    sessionTimeout: 30_000,
    heartbeatInterval: 3_000,
    rebalanceTimeout: 60_000,
    allowAutoTopicCreation: false,
    minBytes: 1,
    // Also how long it takes to stop, and to notice that partitions are no longer paused.
    maxWaitTimeInMs: 500,
    // What is fetched is held in memory several times; a larger single record still comes whole.
    maxBytesPerPartition: 256 * 1024,
    maxBytes: 4 * 1024 * 1024,
    retry: {
      initialRetryTime: 200,
      multiplier: 2,
      factor: 0.2,
      maxRetryTime: 3_000,
      retries: 4,
      // The library would start again by a timer that survives a disconnect. The source does it instead.
      restartOnFailure: () => Promise.resolve(false),
    },
  });
}

function listen(consumer: Consumer, deps: ConsumerSessionDeps, closing: AbortSignal): Promise<Error> {
  consumer.on(consumer.events.GROUP_JOIN, ({ payload }) => {
    // A stop during the join is ignored by the library, and the consumer would go on unseen.
    if (closing.aborted) {
      void consumer.disconnect().catch(() => undefined);
      return;
    }
    deps.onJoin(payload.memberAssignment);
    setPaused(consumer, deps.topics, deps.shouldPause());
  });
  consumer.on(consumer.events.REBALANCING, deps.onRebalance);
  consumer.on(consumer.events.FETCH, deps.onFetch);
  return new Promise((resolve) => {
    consumer.on(consumer.events.CRASH, ({ payload }) => {
      deps.onRebalance();
      resolve(payload.error);
    });
  });
}

/** Whole topics, so that it holds for partitions that come with a later assignment, too. */
function setPaused(consumer: Consumer, topics: readonly string[], paused: boolean): void {
  const all = topics.map((topic) => ({ topic }));
  if (paused) consumer.pause(all);
  else consumer.resume(all);
}

/**
 * What leaves here decides about the consumer's life: kafkajs stops for ever, the process alive, when a TypeError, RangeError,
 * SyntaxError or ReferenceError comes out. So nothing does but its own errors, and "fetch this batch again".
 */
async function handBatch(payload: EachBatchPayload, deps: ConsumerSessionDeps, closing: AbortSignal): Promise<void> {
  if (closing.aborted || payload.isStale()) return;
  const leave = new AbortController();
  const close = () => {
    leave.abort(closing.reason);
  };
  closing.addEventListener('abort', close, { once: true });
  try {
    await deps.handler(toRecordBatch(payload, leave));
  } catch (error) {
    if (error instanceof kafkajs.KafkaJSError) throw error;
    const { topic, partition } = payload.batch;
    deps.logger.error({ err: error, topic, partition }, 'a batch was left because of an unexpected error');
    throw new kafkajs.KafkaJSError('The batch was left because of an unexpected error', { retriable: true });
  } finally {
    closing.removeEventListener('abort', close);
  }
}

function toRecordBatch(payload: EachBatchPayload, leave: AbortController): RecordBatch {
  const { topic, partition, messages } = payload.batch;
  let lost = false;
  return {
    topic,
    partition,
    lag: Number(payload.batch.offsetLag()),
    signal: leave.signal,
    records: messages.map(({ offset, timestamp, key, value, headers }) => ({
      ...{ topic, partition, offset, timestamp, key, value },
      headers: toHeaderPairs(headers),
    })),
    resolve(offset) {
      // Late completions of a partition that may belong to another member by now.
      if (!lost) payload.resolveOffset(offset);
    },
    async heartbeat() {
      try {
        await payload.heartbeat();
        await payload.commitOffsetsIfNecessary();
      } catch (error) {
        lost = true;
        leave.abort(error);
        throw error;
      }
    },
  };
}
