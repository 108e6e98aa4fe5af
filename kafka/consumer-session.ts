import kafkajs, { type Consumer, type ConsumerGroupJoinEvent, type EachBatchPayload, type Kafka } from 'kafkajs';
import type { Logger } from '../telemetry/logger.ts';
import { handFetchedBatch, PlaceLost } from './fetched-batch.ts';
import type { OffsetOutOfRange, RecordHandlers } from './record-source.ts';

type Assignment = Readonly<Record<string, readonly number[]>>;

/** One kafkajs consumer, from joining the group to its crash or close. It never comes back to life: the source opens another. */
export interface ConsumerSession {
  /** Resolves after the first join. @throws when Kafka does not answer; nothing is left open then. */
  open(): Promise<void>;
  /** Only after the first join. */
  setPaused(paused: boolean): void;
  /** Resolves with the reason when the client library has given up. */
  readonly crashed: Promise<Error>;
  /** Also while it opens: it waits for the join then, and leaves the group. */
  close(): Promise<void>;
}

export interface ConsumerSessionDeps {
  readonly kafka: Pick<Kafka, 'consumer'>;
  readonly groupId: string;
  readonly topics: readonly string[];
  readonly logger: Logger;
  readonly handlers: RecordHandlers;
  /** Asked after every join: what the library remembers as paused survives a rebalance and is lost with a consumer. */
  readonly shouldPause: () => boolean;
  /** The group gave this member these partitions, none included. */
  readonly onJoin: (assignment: Assignment) => void;
  readonly onRebalance: () => void;
  /** A fetch succeeded, also when nothing was new or everything is paused. */
  readonly onFetch: () => void;
  /** Told before the position moves. */
  readonly onOffsetOutOfRange: (found: OffsetOutOfRange) => void;
}

export function createConsumerSession(deps: ConsumerSessionDeps): ConsumerSession {
  const { topics } = deps;
  const consumer = createConsumer(deps);
  const closing = new AbortController();
  const place: Place = { joined: undefined, underWay: new Set(), closing: closing.signal };
  const crashed = listen(consumer, deps, place);
  const steps = [
    () => consumer.connect(),
    () => consumer.subscribe({ topics: [...topics], fromBeginning: true }),
    () =>
      consumer.run({
        // True would resolve the last offset of a batch that was left early, and lose the rest of it.
        eachBatchAutoResolve: false,
        autoCommit: true,
        autoCommitInterval: 5_000,
        // One fetch brings several partitions; the next waits for the slowest of them.
        partitionsConsumedConcurrently: 4,
        eachBatch: (payload) => handBatch(payload, deps, place),
      }),
  ];
  return {
    crashed,
    async open() {
      try {
        for (const step of steps) {
          await step();
          closing.signal.throwIfAborted();
        }
      } catch (error) {
        await consumer.disconnect().catch(() => undefined);
        throw error;
      }
    },
    setPaused(paused) {
      setPaused(consumer, topics, paused);
    },
    async close() {
      closing.abort(new Error('The consumer is closing'));
      for (const { leave } of place.underWay) leave.abort(closing.signal.reason);
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

type Membership = Pick<ConsumerGroupJoinEvent['payload'], 'memberId' | 'generationId' | 'memberAssignment'>;

interface Place {
  /** As the last join has made it. */
  joined: Membership | undefined;
  /** The batches that are being handed over. */
  readonly underWay: Set<UnderWay>;
  readonly closing: AbortSignal;
}

interface UnderWay {
  readonly topic: string;
  readonly partition: number;
  readonly leave: AbortController;
}

function has(joined: Membership | undefined, { topic, partition }: Pick<UnderWay, 'topic' | 'partition'>): boolean {
  return joined?.memberAssignment[topic]?.includes(partition) ?? false;
}

/**
 * kafkajs joins again in the fetches from one broker while batches from another are under way, for stale metadata many times
 * a second. What they resolve is committed in the new place, also where their partition is another member's: those are left.
 *
 * A partition that this member has in two generations with none between them was nobody else's, so its batch goes on: it began
 * where everything before was done, and resolves what is done without a gap from there. No other batch of the partition is
 * handed over before it ends (kafkajs drops what another broker's fetch brings of it), so no commit is beyond what is done.
 */
function joinAgain(place: Place, joined: Membership): void {
  const before = place.joined;
  place.joined = joined;
  const isUnbroken = joined.memberId === before?.memberId && joined.generationId - before.generationId <= 1;
  for (const batch of place.underWay) {
    if (!isUnbroken || !has(joined, batch)) batch.leave.abort(new PlaceLost('The group was joined again'));
  }
}

function listen(consumer: Consumer, deps: ConsumerSessionDeps, place: Place): Promise<Error> {
  consumer.on(consumer.events.GROUP_JOIN, ({ payload }) => {
    if (place.closing.aborted) return;
    joinAgain(place, payload);
    deps.onJoin(payload.memberAssignment);
    setPaused(consumer, deps.topics, deps.shouldPause());
  });
  consumer.on(consumer.events.REBALANCING, deps.onRebalance);
  consumer.on(consumer.events.FETCH, deps.onFetch);
  consumer.on(consumer.events.OFFSET_OUT_OF_RANGE, ({ payload }) => {
    deps.onOffsetOutOfRange(payload);
  });
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
async function handBatch(payload: EachBatchPayload, deps: ConsumerSessionDeps, place: Place): Promise<void> {
  const { topic, partition } = payload.batch;
  if (place.closing.aborted || payload.isStale()) return;
  // Fetched before the group was joined again.
  if (!has(place.joined, { topic, partition })) return;
  const underWay = { topic, partition, leave: new AbortController() };
  place.underWay.add(underWay);
  try {
    await handFetchedBatch(payload, deps.handlers, underWay.leave);
  } catch (error) {
    if (error instanceof kafkajs.KafkaJSError) throw error;
    deps.logger.error({ err: error, topic, partition }, 'a batch was left because of an unexpected error');
    throw new kafkajs.KafkaJSError('The batch was left because of an unexpected error', { retriable: true });
  } finally {
    place.underWay.delete(underWay);
  }
}
