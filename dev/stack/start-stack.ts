import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { loadConfig } from '../../config/load.ts';
import type { OnProgress } from '../progress.ts';
import type { StandInBehaviour, StandInClient } from '../standin/client.ts';
import { openDataFolder } from './data-folder.ts';
import { serveKafka } from './kafka.ts';
import type { ProxiedListener } from './kafka-server.ts';
import { serveLlm } from './llm.ts';
import type { Server } from './server.ts';
import { serveTemporal } from './temporal.ts';
import { pipelineTopics } from './topics.ts';

export interface StackOptions {
  /** Ports on 127.0.0.1. Absent: any free one. In use: an error. */
  readonly kafkaPort?: number | undefined;
  /** A second way into a Kafka that is started here, for a proxy. */
  readonly kafkaBehindProxy?: ProxiedListener | undefined;
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
  /** The codec server that the Web UI asks to show encrypted payloads. */
  readonly codecEndpoint?: string | undefined;
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
  readonly llm: { readonly address: string; readonly standIn?: StandInClient };
  /** Stops what was started here, and deletes temporary data. */
  stop(): Promise<void>;
}

/**
 * Kafka with the pipeline's topics, Temporal with its search attributes, and an LLM endpoint: those that the environment
 * names (`KAFKA_BROKERS`, `TEMPORAL_ADDRESS`, `OPENAI_API_KEY` or `OPENAI_BASE_URL`), the others started here.
 * @throws {StackError | ConfigurationError} with a text for people; nothing is left running.
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
    const settings = {
      ...options,
      onProgress,
      dataDir: data.path,
      temporalDb: options.temporalDb ?? (options.dataDir === undefined ? 'memory' : 'file'),
    };
    const llm = await tracked(serveLlm(settings), stops);
    // A wrong configuration is reported before the servers are started.
    const config = loadConfig({ ...process.env, ...llm.env });
    const topics = pipelineTopics(config.kafka, options.inputPartitions ?? 6);
    const starting = [
      tracked(serveKafka({ ...settings, topics }), stops),
      tracked(serveTemporal(settings), stops),
    ] as const;
    // Both have to settle, so that none comes up after a clean-up.
    await Promise.allSettled(starting);
    const [kafka, temporal] = await Promise.all(starting);
    const blobs = process.env['BLOB_STORE_URL'] || pathToFileURL(join(data.path, 'blobs')).href;
    const env = { ...kafka.env, ...temporal.env, ...llm.env, BLOB_STORE_URL: blobs };
    return { env, dataDir: data.path, kafka, temporal, llm, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Whatever was started is stopped, even if another part fails meanwhile. */
async function tracked<T extends { stop(): Promise<void> }>(part: Promise<T>, stops: (() => Promise<void>)[]) {
  const started = await part;
  stops.push(() => started.stop());
  return started;
}
