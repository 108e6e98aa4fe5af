import type { ITopicConfig } from 'kafkajs';
import type { OnProgress } from '../progress.ts';
import { portFor } from './free-port.ts';
import { startKafkaServer, type ProxiedListener } from './kafka-server.ts';
import { serverFromOutside, withMembers } from './server.ts';
import { createTopics } from './topics.ts';
import { StackError } from './tools.ts';

export interface KafkaOptions {
  readonly kafkaPort?: number | undefined;
  readonly kafkaBehindProxy?: ProxiedListener | undefined;
  readonly dataDir: string;
  /** Created where they are missing. */
  readonly topics: readonly ITopicConfig[];
  readonly onProgress: OnProgress;
}

/** The Kafka that the environment names, or one of our own, with its topics. */
export async function serveKafka(options: KafkaOptions) {
  const given = process.env['KAFKA_BROKERS'] ?? '';
  if (given !== '') options.onProgress(`Kafka: none is started, because KAFKA_BROKERS names ${given}`);
  const { brokers, server } =
    given !== '' ? { brokers: given.split(','), server: serverFromOutside('Kafka') } : await startOwnKafka(options);
  const env = { KAFKA_BROKERS: brokers.join(',') };
  try {
    await createTopics(brokers, options.topics);
  } catch (cause) {
    await server.stop();
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new StackError(`Kafka at ${env.KAFKA_BROKERS} cannot be used: ${reason} (KAFKA_BROKERS)`, { cause });
  }
  return withMembers(server, { brokers, env });
}

async function startOwnKafka({ kafkaPort, kafkaBehindProxy: behindProxy, dataDir, onProgress }: KafkaOptions) {
  const port = await portFor('Kafka', kafkaPort);
  const server = await startKafkaServer({ port, behindProxy, dataDir, onProgress });
  return { brokers: [`127.0.0.1:${String(port)}`], server };
}
