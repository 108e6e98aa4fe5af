import { randomBytes } from 'node:crypto';
import { Kafka, logLevel, type IHeaders } from 'kafkajs';
import { waitUntil } from '../wait-until.ts';
import { withAdmin } from './topics.ts';

export interface ReadRecord {
  readonly partition: number;
  readonly offset: string;
  readonly timestamp: string;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  /** By name; a name that occurs twice has a list. */
  readonly headers: IHeaders;
}

export interface FollowedTopic {
  /** All records so far, from the topic's beginning; grows by itself. */
  readonly records: readonly ReadRecord[];
  /** Resolves with the records when everything that the topic holds at the time of asking has been read. */
  toEnd(): Promise<readonly ReadRecord[]>;
  close(): Promise<void>;
}

/** Reads a topic for as long as a test file lasts: joining a group anew for each look would cost every test a second. */
export async function followTopic(topic: string, brokers: readonly string[]): Promise<FollowedTopic> {
  const records: ReadRecord[] = [];
  const seen = new Set<string>();
  const kafka = new Kafka({ clientId: 'follow', brokers: [...brokers], logLevel: logLevel.NOTHING });
  const consumer = kafka.consumer({
    groupId: `follow-${randomBytes(6).toString('hex')}`,
    maxWaitTimeInMs: 100,
    retry: { retries: 1_000, maxRetryTime: 1_000 },
  });
  await consumer.connect();
  await consumer.subscribe({ topic, fromBeginning: true });
  await consumer.run({
    autoCommit: false,
    eachMessage({ partition, message: { offset, timestamp, key, value, headers = {} } }) {
      // After a broker's outage the consumer begins anew.
      const place = `${String(partition)}:${offset}`;
      if (!seen.has(place)) records.push({ partition, offset, timestamp, key, value, headers });
      seen.add(place);
      return Promise.resolve();
    },
  });
  return {
    records,
    async toEnd() {
      const ends = await withAdmin(brokers, (admin) => admin.fetchTopicOffsets(topic));
      const written = ends.reduce((sum, { high }) => sum + Number(high), 0);
      await waitUntil(`${String(written)} records of ${topic}`, () => records.length >= written, { timeoutMs: 60_000 });
      return records;
    },
    close: () => consumer.disconnect(),
  };
}
