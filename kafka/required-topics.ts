import kafkajs, { type Admin, type Kafka } from 'kafkajs';
import { DependencyUnavailableError } from '../lifecycle/errors.ts';

/**
 * Checks at start that every topic is there. Nothing is created: a typing error would then publish into the void.
 * @throws {DependencyUnavailableError} when Kafka does not answer within some seconds, or a topic is missing.
 */
export async function assertTopicsExist(kafka: Pick<Kafka, 'admin'>, topics: readonly string[]): Promise<void> {
  const existing = new Set(await listTopics(kafka.admin()));
  const missing = topics.filter((topic) => !existing.has(topic));
  const [first] = missing;
  if (first === undefined) return;
  const named = missing.map((topic) => `"${topic}"`).join(', ');
  throw new DependencyUnavailableError(
    `${missing.length === 1 ? 'The Kafka topic' : 'The Kafka topics'} ${named} cannot be found: create with ` +
      `"kafka-topics.sh --create --topic ${first}", or correct the KAFKA_…_TOPIC variables`,
  );
}

async function listTopics(admin: Admin): Promise<string[]> {
  try {
    await admin.connect();
    return await admin.listTopics();
  } catch (cause) {
    if (cause instanceof kafkajs.KafkaJSServerDoesNotSupportApiKey) {
      throw new DependencyUnavailableError(`This version of Kafka cannot be used: ${cause.message}`, { cause });
    }
    throw new DependencyUnavailableError(
      `Kafka does not answer: is it running? ${cause instanceof Error ? cause.message : String(cause)} (KAFKA_BROKERS)`,
      { cause },
    );
  } finally {
    await admin.disconnect().catch(() => undefined);
  }
}
