import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { loadConfig } from '../../config/load.ts';
import type { OnProgress } from '../progress.ts';
import type { StandInBehaviour, StandInClient } from '../standin/client.ts';
import { openDataFolder } from './data-folder.ts';
import { portFor } from './free-port.ts';
import { startKafkaServer } from './kafka-server.ts';
import { serveLlm } from './llm.ts';
import { serverFromOutside, type Server } from './server.ts';
import { NAMESPACE, startTemporalServer } from './temporal-server.ts';
import { createTopics, pipelineTopics } from './topics.ts';

export interface StackOptions {
  /** Ports on 127.0.0.1. Absent: any free one. In use: an error. */
  readonly kafkaPort?: number | undefined;
  readonly temporalPort?: number | undefined;
  readonly uiPort?: number | undefined;
  readonly llmPort?: number | undefined;
  /** Keeps state and logs there from run to run. Absent: a temporary folder, deleted at the end. */
  readonly dataDir?: string | undefined;
  readonly onProgress?: OnProgress;
  /** How the stand-in LLM behaves. Given: the stand-in is used even where `OPENAI_…` names a provider. */
  readonly standIn?: StandInBehaviour;
  /** `file` survives Temporal being killed. Default: `file` with a `dataDir`, else `memory`. */
  readonly temporalDb?: 'memory' | 'file';
  /** Temporal's Web UI. Default true. */
  readonly ui?: boolean;
  /** Partitions of the input and output topics where they are created. Default 6. */
  readonly inputPartitions?: number;
}

export interface Stack {
  /** What the pipeline's processes need to find everything, to be added to an environment. */
  readonly env: Readonly<Record<string, string>>;
  /** Where logs and state are. */
  readonly dataDir: string;
  readonly kafka: Server & { readonly brokers: readonly string[] };
  readonly temporal: Server & { readonly address: string; readonly namespace: string; readonly uiUrl?: string };
  /** `standIn` is absent when a real provider is configured. */
  readonly llm: { readonly baseUrl: string; readonly standIn?: StandInClient };
  /** Stops what was started here, and deletes temporary data. */
  stop(): Promise<void>;
}

/**
 * Kafka with the pipeline's topics, Temporal with its search attributes, and an LLM endpoint: those that the environment
 * names (`KAFKA_BROKERS`, `TEMPORAL_ADDRESS`, `OPENAI_API_KEY` or `OPENAI_BASE_URL`), the others started here.
 * @throws {StackError} with one sentence for people; nothing is left running.
 */
export async function startStack(options: StackOptions = {}): Promise<Stack> {
  const onProgress = options.onProgress ?? (() => undefined);
  const data = openDataFolder(options.dataDir);
  const stops: (() => Promise<void>)[] = [];
  const stop = async () => {
    await Promise.all(stops.splice(0).map((stopOne) => stopOne()));
    data.remove();
  };
  try {
    const settings = { ...options, onProgress, dataDir: data.path };
    const parts = await allOrFirstError([
      tracked(serveKafka(settings), stops),
      tracked(serveTemporal(settings), stops),
      tracked(serveLlm(settings), stops),
    ]);
    const [kafka, temporal, llm] = parts;
    const env = { ...kafka.env, ...temporal.env, ...llm.env };
    return { env, dataDir: data.path, kafka, temporal, llm, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

type PartOptions = StackOptions & { readonly onProgress: OnProgress; readonly dataDir: string };

async function serveKafka(options: PartOptions) {
  const given = process.env['KAFKA_BROKERS'] ?? '';
  const { brokers, server } =
    given !== '' ? { brokers: given.split(','), server: serverFromOutside('Kafka') } : await startOwnKafka(options);
  const env = { KAFKA_BROKERS: brokers.join(',') };
  try {
    await createTopics(
      brokers,
      pipelineTopics(loadConfig({ ...process.env, ...env }).kafka, options.inputPartitions ?? 6),
    );
  } catch (error) {
    await server.stop();
    throw error;
  }
  return withMembers(server, { brokers, env });
}

async function startOwnKafka({ kafkaPort, dataDir, onProgress }: PartOptions) {
  const port = await portFor('Kafka', kafkaPort);
  const server = await startKafkaServer({ port, dataDir, onProgress });
  return { brokers: [`127.0.0.1:${String(port)}`], server };
}

async function serveTemporal(options: PartOptions) {
  const given = process.env['TEMPORAL_ADDRESS'] ?? '';
  if (given !== '') {
    const namespace = process.env['TEMPORAL_NAMESPACE'] ?? NAMESPACE;
    return withMembers(serverFromOutside('Temporal'), {
      address: given,
      namespace,
      env: { TEMPORAL_ADDRESS: given, TEMPORAL_NAMESPACE: namespace },
    });
  }
  const { dataDir, onProgress } = options;
  const port = await portFor('Temporal', options.temporalPort);
  const uiPort = options.ui === false ? undefined : await portFor("Temporal's Web UI", options.uiPort);
  const db = options.temporalDb ?? (options.dataDir === undefined ? 'memory' : 'file');
  const server = await startTemporalServer({ port, uiPort, db, dataDir, onProgress });
  const address = `127.0.0.1:${String(port)}`;
  // A profile of the user's own would add its TLS and API key to our plain server.
  const profile = join(dataDir, 'temporal.toml');
  writeFileSync(profile, '');
  return withMembers(server, {
    address,
    namespace: NAMESPACE,
    ...(uiPort !== undefined && { uiUrl: `http://127.0.0.1:${String(uiPort)}` }),
    env: { TEMPORAL_ADDRESS: address, TEMPORAL_NAMESPACE: NAMESPACE, TEMPORAL_CONFIG_FILE: profile },
  });
}

/** Keeps the server's `pid` a getter: it changes when the server is started again. */
function withMembers<Members extends object>(server: Server, members: Members): Server & Members {
  return Object.defineProperties(members, Object.getOwnPropertyDescriptors(server)) as Server & Members;
}

/** Whatever was started is stopped, even if another part fails meanwhile. */
async function tracked<T extends { stop(): Promise<void> }>(part: Promise<T>, stops: (() => Promise<void>)[]) {
  const started = await part;
  stops.push(() => started.stop());
  return started;
}

/** Like `Promise.all`, but only rejects when every part has settled, so that none starts after the clean-up. */
async function allOrFirstError<T extends unknown[]>(parts: [...{ [K in keyof T]: Promise<T[K]> }]): Promise<T> {
  await Promise.allSettled(parts);
  return (await Promise.all(parts)) as T;
}
