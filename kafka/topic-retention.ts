import kafkajs, { type Kafka } from 'kafkajs';

/**
 * How long each topic keeps its records, in milliseconds; `Infinity` where no age deletes them.
 * @throws when the brokers do not say, for example because describing a topic's configuration is not allowed.
 */
export async function readTopicRetention(
  kafka: Pick<Kafka, 'admin'>,
  topics: readonly string[],
): Promise<ReadonlyMap<string, number>> {
  const admin = kafka.admin();
  try {
    await admin.connect();
    const { resources } = await admin.describeConfigs({
      includeSynonyms: false,
      resources: topics.map((name) => ({
        type: kafkajs.ConfigResourceTypes.TOPIC,
        name,
        configNames: ['cleanup.policy', 'retention.ms'],
      })),
    });
    return new Map(
      resources.map(({ resourceName, configEntries }) => {
        const valueOf = (wanted: string) => configEntries.find(({ configName }) => configName === wanted)?.configValue;
        const retentionMs = Number(valueOf('retention.ms') ?? -1);
        const deletes = (valueOf('cleanup.policy') ?? 'delete').split(',').includes('delete');
        return [resourceName, deletes && retentionMs >= 0 ? retentionMs : Infinity];
      }),
    );
  } finally {
    await admin.disconnect().catch(() => undefined);
  }
}
