import { Kafka, logLevel, type Admin, type ITopicConfig } from 'kafkajs';
import type { Config } from '../../config/load.ts';
import { waitUntil } from '../wait-until.ts';

/** The largest record that `MAX_RECORD_BYTES` lets in by default, and room for headers. */
const INPUT_MAX_BYTES = String(9 * 1024 * 1024);
/** The same as a dead letter has more headers; a result is smaller. */
const OUTPUT_MAX_BYTES = String(10 * 1024 * 1024);

/** The pipeline's topics as the embedded stack creates them. Only input topics need partitions to spread work over bridges. */
export function pipelineTopics(kafka: Config['kafka'], inputPartitions: number): ITopicConfig[] {
  const input = { configEntries: [{ name: 'max.message.bytes', value: INPUT_MAX_BYTES }] };
  const output = { configEntries: [{ name: 'max.message.bytes', value: OUTPUT_MAX_BYTES }] };
  return [
    ...kafka.inputTopics.map((topic) => ({ topic, numPartitions: inputPartitions, ...input })),
    { topic: kafka.outputTopic, numPartitions: inputPartitions, ...output },
    { topic: kafka.deadLetterTopic, numPartitions: 1, ...output },
    {
      topic: kafka.examplesTopic,
      numPartitions: 1,
      configEntries: [{ name: 'cleanup.policy', value: 'compact' }],
    },
  ];
}

/** Creates those of the topics that do not exist yet, and waits until their leaders answer. */
export async function createTopics(brokers: readonly string[], topics: readonly ITopicConfig[]): Promise<void> {
  await withAdmin(brokers, async (admin) => {
    const existing = new Set(await admin.listTopics());
    const missing = topics.filter(({ topic }) => !existing.has(topic));
    // kafkajs's own wait for leaders takes a broker that has yet to hear of a topic for a failure.
    if (missing.length > 0) await admin.createTopics({ topics: missing, waitForLeaders: false });
    const names = topics.map(({ topic }) => topic);
    await waitUntil(`leaders of ${names.join(', ')}`, async () => {
      const { topics: known } = await admin.fetchTopicMetadata({ topics: names });
      return known.every(({ partitions }) => partitions.every(({ leader }) => leader >= 0));
    });
    // The broker names the leaders before it takes records for all of them, and a producer repeats what it took meanwhile.
    for (const name of names)
      await waitUntil(`the partitions of ${name}`, async () => {
        return (await admin.fetchTopicOffsets(name)).length > 0;
      });
  });
}

/** One admin connection, closed afterwards. It makes a single attempt: who needs more repeats the call. */
export async function withAdmin<T>(brokers: readonly string[], use: (admin: Admin) => Promise<T>): Promise<T> {
  const kafka = new Kafka({
    clientId: 'dev-stack',
    brokers: [...brokers],
    logLevel: logLevel.NOTHING,
    connectionTimeout: 1_000,
    requestTimeout: 10_000,
    retry: { retries: 0 },
  });
  const admin = kafka.admin();
  try {
    await admin.connect();
    return await use(admin);
  } finally {
    await admin.disconnect();
  }
}
