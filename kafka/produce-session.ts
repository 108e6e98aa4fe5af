import kafkajs, {
  type ICustomPartitioner,
  type Kafka,
  type Message,
  type Producer,
  type RecordMetadata,
} from 'kafkajs';
import type { OutgoingRecord } from '../contracts/record.ts';
import { causesOf, protocolTypeOf } from './error-chain.ts';
import { murmur2 } from './murmur2.ts';
import { PublishError, type PublishedRecord } from './record-publisher.ts';

/** What a broker says when a record cannot be written, now or later. Everything else may be different the next time. */
const PERMANENT_ERRORS: ReadonlySet<string> = new Set(['MESSAGE_TOO_LARGE', 'RECORD_LIST_TOO_LARGE', 'INVALID_RECORD']);

/** One kafkajs producer. After a failure it is thrown away and a new one made: a stale connection, metadata or state ends with it. */
export interface ProduceSession {
  connect(): Promise<void>;
  /**
   * Writes records of one topic. Results are in the order of the records.
   * @throws {PublishError} for all of them together; some may have been written.
   */
  send(topic: string, records: readonly OutgoingRecord[]): Promise<PublishedRecord[]>;
  /** A request under way is not repeated, and what it still opens is closed after it. */
  close(): Promise<void>;
}

export function createProduceSession(kafka: Pick<Kafka, 'producer'>): ProduceSession {
  let closed = false;
  const sticky = createStickyPartitioner(() => closed);
  const producer: Producer = kafka.producer({
    createPartitioner: sticky.createPartitioner,
    allowAutoTopicCreation: false,
    // kafkajs 2.2.4 loses acknowledged records with `true` when two sends overlap and a response is lost.
    idempotent: false,
    retry: { initialRetryTime: 100, multiplier: 2, factor: 0.2, maxRetryTime: 1_000, retries: 3 },
  });
  const assertAhead = createOffsetTripwire();
  let connected: Promise<void> | undefined;
  const connect = () => (connected ??= producer.connect());
  const close = () => {
    closed = true;
    return producer.disconnect();
  };
  return {
    connect,
    close,
    async send(topic, records) {
      const messages = records.map(toMessage);
      let responses: RecordMetadata[];
      try {
        await connect();
        // Not compressed: results are small, and CPU is what a worker runs out of. Brokers can compress (`compression.type`).
        responses = await producer.sendBatch({ acks: -1, timeout: 5_000, topicMessages: [{ topic, messages }] });
      } catch (cause) {
        throw toPublishError(topic, cause);
      } finally {
        // kafkajs connects again for a request that it repeats, also after a disconnect.
        if (closed) await close();
      }
      const published = toPublished({ topic, responses, partitions: messages.map(sticky.partitionOf) });
      published.forEach(assertAhead);
      return published;
    },
  };
}

/**
 * A log only grows, so an acknowledgement of an offset that was acknowledged before is of another record: kafkajs has told
 * publishers of records that no log has. Lasts as long as its session: a topic that was created again begins at 0.
 */
function createOffsetTripwire() {
  const last = new Map<string, bigint>();
  return ({ topic, partition, offset }: PublishedRecord) => {
    const place = `${topic}/${String(partition)}`;
    const before = last.get(place);
    if (before !== undefined && BigInt(offset) <= before) {
      throw new PublishError(`Kafka acknowledged offset ${offset} in ${place} after ${String(before)}`, {
        permanent: false,
      });
    }
    last.set(place, BigInt(offset));
  };
}

function toMessage({ key, value, headers }: OutgoingRecord): Message {
  return { key, value, headers };
}

/**
 * kafkajs asks for the partition again on every retry, and a record without a key would wander between partitions while one of
 * them may already have it. This one answers the same for the same message, and tells afterwards what it answered.
 * The hash of a key is the Java client's, so that both write a key to the same partition.
 *
 * It is also where a closed producer ends: a disconnect does not keep kafkajs from repeating a request.
 */
function createStickyPartitioner(isClosed: () => boolean) {
  const chosen = new WeakMap<Message, number>();
  const createPartitioner: ICustomPartitioner = () => {
    const takeTurns = kafkajs.Partitioners.DefaultPartitioner();
    return (question) => {
      if (isClosed()) throw new kafkajs.KafkaJSNonRetriableError('The producer was discarded');
      const { message, partitionMetadata } = question;
      const { key = null } = message;
      const choose = () => (key === null ? takeTurns(question) : byHash(key, partitionMetadata.length));
      const partition = chosen.get(message) ?? choose();
      chosen.set(message, partition);
      return partition;
    };
  };
  return { createPartitioner, partitionOf: (message: Message) => chosen.get(message) };
}

const byHash = (key: Buffer | string, partitions: number): number =>
  (murmur2(Buffer.from(key)) & 0x7fffffff) % partitions;

/**
 * Each record's place: the broker answers with the first offset per partition, and keeps the order.
 *
 * A partition without an answer fails: when its leader moves to a broker that has already answered for another partition,
 * kafkajs 2.2.4 takes that answer for this partition's too and reports success for records it never sent.
 */
function toPublished(sent: {
  topic: string;
  responses: readonly RecordMetadata[];
  partitions: readonly (number | undefined)[];
}): PublishedRecord[] {
  const next = new Map<number, bigint>();
  for (const { topicName, partition, baseOffset } of sent.responses) {
    if (topicName === sent.topic && baseOffset !== undefined) next.set(partition, BigInt(baseOffset));
  }
  return sent.partitions.map((partition) => {
    const offset = partition === undefined ? undefined : next.get(partition);
    if (partition === undefined || offset === undefined) {
      throw new PublishError(`No broker has acknowledged the record for topic ${sent.topic}`, { permanent: false });
    }
    next.set(partition, offset + 1n);
    return { topic: sent.topic, partition, offset: String(offset) };
  });
}

function toPublishError(topic: string, cause: unknown): PublishError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  const permanent = causesOf(cause).some((one) => PERMANENT_ERRORS.has(protocolTypeOf(one)));
  return new PublishError(`Kafka did not take the record for topic ${topic}: ${reason}`, { permanent, cause });
}
