import { randomBytes } from 'node:crypto';
import { Kafka, logLevel, type Admin, type Message } from 'kafkajs';
import type { ReadRecord } from '../../dev/stack/followed-topic.ts';
import { createTopics, pipelineTopics } from '../../dev/stack/topics.ts';
import { loadConfig } from '../../config/load.ts';
import { testStack } from './stack.ts';

export interface TestTopics {
  readonly input: string;
  readonly output: string;
  readonly deadLetters: string;
  readonly examples: string;
  readonly groupId: string;
  /** Makes a pipeline process use these topics and this group. */
  readonly env: Readonly<Record<string, string>>;
}

/** Topics and a consumer group that no other test has. */
export async function createTestTopics(prefix: string, { partitions = 3 } = {}): Promise<TestTopics> {
  const unique = `${prefix}-${randomBytes(4).toString('hex')}`;
  const names = {
    input: `${unique}.requests`,
    output: `${unique}.results`,
    deadLetters: `${unique}.dead-letters`,
    examples: `${unique}.examples`,
    groupId: unique,
  };
  const env = {
    KAFKA_INPUT_TOPICS: names.input,
    KAFKA_OUTPUT_TOPIC: names.output,
    KAFKA_DEAD_LETTER_TOPIC: names.deadLetters,
    KAFKA_EXAMPLES_TOPIC: names.examples,
    KAFKA_GROUP_ID: names.groupId,
  };
  const { env: stackEnv, brokers } = testStack();
  await createTopics(brokers, pipelineTopics(loadConfig({ ...stackEnv, ...env }).kafka, partitions));
  return { ...names, env };
}

/** A topic with one partition that no other test has. */
export async function createTopic(
  prefix: string,
  options: { readonly config?: Readonly<Record<string, string>>; readonly brokers?: readonly string[] } = {},
): Promise<string> {
  const { config = {}, brokers = testStack().brokers } = options;
  const topic = `${prefix}-${randomBytes(4).toString('hex')}`;
  const configEntries = Object.entries(config).map(([name, value]) => ({ name, value }));
  await createTopics(brokers, [{ topic, numPartitions: 1, configEntries }]);
  return topic;
}

/** Resolves when the broker has all of them. */
export async function produce(topic: string, records: readonly Message[]): Promise<void> {
  const producer = connectTo(testStack().brokers).producer({ allowAutoTopicCreation: false });
  await producer.connect();
  try {
    await producer.send({ topic, acks: -1, messages: [...records] });
  } finally {
    await producer.disconnect();
  }
}

export interface ReadOptions {
  /** The number of records to wait for, or whether those read so far will do. */
  readonly until: number | ((records: readonly ReadRecord[]) => boolean);
  /** Default 30 s. */
  readonly timeoutMs?: number;
  /** Default: the test stack's. */
  readonly brokers?: readonly string[];
}

/**
 * Reads a topic from its beginning.
 * @throws after `timeoutMs`, saying how many came
 */
export async function readTopic(topic: string, options: ReadOptions): Promise<ReadRecord[]> {
  const { until, timeoutMs = 30_000, brokers = testStack().brokers } = options;
  const enough = typeof until === 'number' ? () => records.length >= until : () => until(records);
  const records: ReadRecord[] = [];
  const consumer = connectTo(brokers).consumer({
    groupId: `read-${randomBytes(6).toString('hex')}`,
    maxWaitTimeInMs: 100,
  });
  await consumer.connect();
  try {
    await consumer.subscribe({ topic, fromBeginning: true });
    await new Promise<void>((resolve, reject) => {
      const timer = setTimeout(() => {
        reject(new Error(`Only ${String(records.length)} records on ${topic} after ${String(timeoutMs / 1_000)} s`));
      }, timeoutMs);
      const check = () => {
        if (!enough()) return;
        clearTimeout(timer);
        resolve();
      };
      check();
      void consumer.run({
        autoCommit: false,
        eachMessage: async ({ partition, message }) => {
          const { offset, timestamp, key, value, headers = {} } = message;
          records.push({ partition, offset, timestamp, key, value, headers });
          check();
        },
      });
    });
    return records;
  } finally {
    await consumer.disconnect();
  }
}

/** The group's committed offset by partition, as the broker has it; `-1` where there is none. */
export async function committedOffsets(groupId: string, topic: string): Promise<Record<number, string>> {
  const [found] = await ask((admin) => admin.fetchOffsets({ groupId, topics: [topic] }));
  return Object.fromEntries((found?.partitions ?? []).map(({ partition, offset }) => [partition, offset]));
}

/** How many records a topic has: to show that there are none, which reading it cannot. */
export async function countRecords(topic: string): Promise<number> {
  const partitions = await ask((admin) => admin.fetchTopicOffsets(topic));
  return partitions.reduce((sum, { high, low }) => sum + Number(high) - Number(low), 0);
}

/** As retention does: the log of partition 0 begins with `offset` from now on. */
export async function deleteRecordsBefore(topic: string, offset: string): Promise<void> {
  await ask(async (admin) => {
    // The library knows the leaders only of topics that it was asked about before.
    await admin.fetchTopicOffsets(topic);
    await admin.deleteTopicRecords({ topic, partitions: [{ partition: 0, offset }] });
  });
}

/** With the library's own repeats: it finds a coordinator only with its second attempt. */
export async function ask<T>(question: (admin: Admin) => Promise<T>, brokers = testStack().brokers): Promise<T> {
  const admin = connectTo(brokers).admin();
  await admin.connect();
  try {
    return await question(admin);
  } finally {
    await admin.disconnect();
  }
}

function connectTo(brokers: readonly string[]): Kafka {
  return new Kafka({ clientId: 'test', brokers: [...brokers], logLevel: logLevel.NOTHING });
}
