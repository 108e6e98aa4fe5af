import type { Admin, Kafka } from 'kafkajs';
import { DependencyUnavailableError } from '../lifecycle/errors.ts';
import { explainConnectFailure } from './connect-failure.ts';

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
    throw new DependencyUnavailableError(explainConnectFailure(cause), { cause });
  } finally {
    await admin.disconnect().catch(() => undefined);
  }
}
