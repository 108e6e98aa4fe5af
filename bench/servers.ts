import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import type { Kafka } from 'kafkajs';
import { loadConfig, type Config } from '../config/load.ts';
import type { OnProgress } from '../dev/progress.ts';
import { freePort } from '../dev/stack/free-port.ts';
import { findProjectRoot } from '../dev/stack/project-root.ts';
import { startServer } from '../dev/stack/server.ts';
import { startStack } from '../dev/stack/start-stack.ts';
import { createTopics, pipelineTopics } from '../dev/stack/topics.ts';
import { createStandInClient, type StandInClient } from '../dev/standin/client.ts';
import { createKafka } from '../kafka/client.ts';
import { createLogger } from '../telemetry/logger.ts';
import type { CleanUp } from './clean-up.ts';
import type { BenchOptions } from './options.ts';
import { PARTITIONS } from './partitions.ts';

/** Everything the pipeline talks to, ready for one run. */
export interface Servers {
  /** What a pipeline process needs, to be added to the environment. */
  readonly env: Readonly<Record<string, string>>;
  /** The same, parsed. */
  readonly config: Config;
  readonly kafka: Kafka;
  readonly standIn: StandInClient;
  /** Absent for a server from outside: what it costs cannot be read then. */
  readonly temporalPid: number | undefined;
  readonly dataDir: string;
}

/** Starts what the environment does not name, and creates topics and a consumer group that no other run has. */
export async function startServers(
  options: Pick<BenchOptions, 'llmLatencyMs' | 'llmConcurrency'>,
  { cleanUp, onProgress }: { cleanUp: CleanUp; onProgress: OnProgress },
): Promise<Servers> {
  // `standIn` given: whatever OPENAI_… names is left out, because a benchmark must never run up a bill by accident.
  const stack = await startStack({ ui: false, standIn: {}, temporalDb: 'memory', onProgress });
  cleanUp.add(() => stack.stop());
  const baseUrl = await startStandInProcess({ latencyMs: options.llmLatencyMs, dataDir: stack.dataDir, cleanUp });
  const env = {
    ...stack.env,
    OPENAI_BASE_URL: baseUrl,
    // Set for this machine's other work, they would make figures that cannot be compared. Empty means default.
    LLM_REQUESTS_PER_MINUTE: '',
    LLM_TOKENS_PER_MINUTE: '',
    LLM_TOKEN_COUNTING: '',
    LLM_MAX_CONCURRENCY: String(options.llmConcurrency ?? ''),
    CACHE_TYPES: '',
    EXAMPLES_SOURCE: '',
    WORKER_ROLE: '',
  };
  return withOwnTopics({
    env,
    standIn: createStandInClient(baseUrl),
    temporalPid: stack.temporal.pid,
    dataDir: stack.dataDir,
  });
}

/** The same servers, with topics and a consumer group that nobody has used. */
export async function withOwnTopics(servers: Omit<Servers, 'config' | 'kafka'>): Promise<Servers> {
  const env = { ...servers.env, ...topicNames() };
  const config = loadConfig({ ...process.env, ...env });
  await createTopics(config.kafka.brokers, stampedByTheBroker(pipelineTopics(config.kafka, PARTITIONS)));
  return { ...servers, env, config, kafka: createKafka(config.kafka, createLogger('silent'), 'bench') };
}

function topicNames(): Record<string, string> {
  const unique = `bench-${randomBytes(4).toString('hex')}`;
  return {
    KAFKA_INPUT_TOPICS: `${unique}.requests`,
    KAFKA_OUTPUT_TOPIC: `${unique}.results`,
    KAFKA_DEAD_LETTER_TOPIC: `${unique}.dead-letters`,
    KAFKA_EXAMPLES_TOPIC: `${unique}.examples`,
    KAFKA_GROUP_ID: unique,
  };
}

/** A result's timestamp then says when it arrived, not when its producer meant to send it or this process got round to it. */
function stampedByTheBroker(topics: ReturnType<typeof pipelineTopics>): ReturnType<typeof pipelineTopics> {
  const stamped = { name: 'message.timestamp.type', value: 'LogAppendTime' };
  return topics.map((topic) => ({ ...topic, configEntries: [...(topic.configEntries ?? []), stamped] }));
}

/** In a process of its own: its CPU is then neither the pipeline's nor in the way of this process's clock. */
async function startStandInProcess(options: { latencyMs: number; dataDir: string; cleanUp: CleanUp }): Promise<string> {
  const root = findProjectRoot();
  const port = String(await freePort());
  const baseUrl = `http://127.0.0.1:${port}/v1`;
  const client = createStandInClient(baseUrl);
  const server = await startServer({
    name: 'The stand-in LLM',
    command: process.execPath,
    args: [join(root, 'dist/dev/standin/main.js'), '--port', port, '--latency-ms', String(options.latencyMs)],
    cwd: root,
    env: process.env,
    logFile: join(options.dataDir, 'stand-in.log'),
    probe: () => client.stats(),
  });
  options.cleanUp.add(() => server.stop());
  return baseUrl;
}
