import { loadConfig } from '../../config/load.ts';
import type { OnProgress } from '../progress.ts';
import { portFor } from './free-port.ts';
import { startKafkaServer } from './kafka-server.ts';
import { serverFromOutside, withMembers } from './server.ts';
import { createTopics, pipelineTopics } from './topics.ts';

export interface KafkaOptions {
  readonly kafkaPort?: number | undefined;
  readonly dataDir: string;
  readonly inputPartitions?: number;
  readonly onProgress: OnProgress;
}

/** The Kafka that the environment names, or one of our own, with the pipeline's topics. */
export async function serveKafka(options: KafkaOptions) {
  const given = process.env['KAFKA_BROKERS'] ?? '';
  const { brokers, server } =
    given !== '' ? { brokers: given.split(','), server: serverFromOutside('Kafka') } : await startOwnKafka(options);
  const env = { KAFKA_BROKERS: brokers.join(',') };
  try {
    // Only the topics matter here: the LLM's part of the environment is not complete yet.
    const config = loadConfig({ ...process.env, ...env, WORKER_ROLE: 'none' });
    await createTopics(brokers, pipelineTopics(config.kafka, options.inputPartitions ?? 6));
  } catch (error) {
    await server.stop();
    throw error;
  }
  return withMembers(server, { brokers, env });
}

async function startOwnKafka({ kafkaPort, dataDir, onProgress }: KafkaOptions) {
  const port = await portFor('Kafka', kafkaPort);
  const server = await startKafkaServer({ port, dataDir, onProgress });
  return { brokers: [`127.0.0.1:${String(port)}`], server };
}
