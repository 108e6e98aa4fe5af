import { Client, Connection } from '@temporalio/client';
import { Kafka, logLevel, type Message } from 'kafkajs';
import { openBlobStore } from '../../blobs/open-blob-store.ts';
import { loadConfig } from '../../config/load.ts';
import { createDataConverter } from '../../temporal/data-converter.ts';
import { followTopic, type FollowedTopic, type ReadRecord } from '../../dev/stack/followed-topic.ts';
import {
  startPipelineProcess,
  type PipelineProcess,
  type PipelineProcessOptions,
} from '../../dev/stack/pipeline-process.ts';
import { createStandInClient, type StandInBehaviour, type StandInClient } from '../../dev/standin/client.ts';
import { STAND_IN_KEY } from '../../dev/standin/key.ts';
import { startStandIn } from '../../dev/standin/start-standin.ts';
import type { RecordSource } from '../../contracts/record.ts';
import { createTestTopics } from './kafka.ts';
import { testStack } from './stack.ts';
import { createTestNamespace } from './temporal-namespace.ts';
import { waitUntil } from '../../dev/wait-until.ts';

type Topics = Readonly<Record<'input' | 'output' | 'deadLetters', string>>;

/**
 * What a test of the whole pipeline stands on: a Temporal namespace, topics and a stand-in LLM of its own, so that the fixed
 * names of the task queues meet no other test's; and what is to be seen from outside.
 */
export interface PipelineBed {
  readonly topics: Topics;
  /** Makes a pipeline process use all this. */
  readonly env: Readonly<Record<string, string>>;
  readonly client: Client;
  readonly standIn: StandInClient;
  readonly results: FollowedTopic;
  readonly deadLetters: FollowedTopic;
  /** Resolves when it is ready. Killed with the bed, if it still runs then. */
  start(
    entry: PipelineProcessOptions['entry'],
    options?: Partial<Omit<PipelineProcessOptions, 'entry'>>,
  ): Promise<PipelineProcess>;
  /** Produces to the input topic; resolves with the coordinates when the broker has it. */
  send(record: Message): Promise<RecordSource>;
  sendAll(records: readonly Message[]): Promise<void>;
  /** Resolves when this many runs of messages have ended and none is open. */
  ended(runs: number, options?: { timeoutMs?: number }): Promise<void>;
  /** Resolves with the first result of the message. */
  resultOf(id: string, options?: { timeoutMs?: number }): Promise<ReadRecord>;
  /** Resolves with the first dead letter of the record. */
  deadLetterOf(source: RecordSource): Promise<ReadRecord>;
  close(): Promise<void>;
}

/** Servers other than those of the whole test run. The topics have to exist. */
export interface OwnServers {
  readonly env: Readonly<Record<string, string>>;
  readonly topics: Topics;
}

export async function openPipelineBed(
  prefix: string,
  options: {
    partitions?: number;
    standIn?: StandInBehaviour;
    servers?: OwnServers;
    /** Further variables of its processes. */
    env?: Readonly<Record<string, string>>;
  } = {},
): Promise<PipelineBed> {
  const servers = options.servers ?? (await shareServers(prefix, options.partitions));
  const standIn = await startStandIn({ behaviour: options.standIn ?? {} });
  const env: Record<string, string> = {
    ...servers.env,
    OPENAI_BASE_URL: standIn.url,
    OPENAI_API_KEY: STAND_IN_KEY,
    ...options.env,
  };
  const { topics } = servers;
  const brokers = (env['KAFKA_BROKERS'] ?? '').split(',');
  const connection = await Connection.connect({ address: env['TEMPORAL_ADDRESS'] ?? '' });
  const { payloads } = loadConfig({ ...env, WORKER_ROLE: 'none' }).temporal;
  const dataConverter = createDataConverter(payloads, openBlobStore(payloads.blobs).forClients);
  const client = new Client({ connection, namespace: env['TEMPORAL_NAMESPACE'] ?? '', dataConverter });
  const producer = new Kafka({ clientId: 'test', brokers, logLevel: logLevel.NOTHING }).producer();
  await producer.connect();
  const [results, deadLetters] = await Promise.all([
    followTopic(topics.output, brokers),
    followTopic(topics.deadLetters, brokers),
  ]);
  const processes: PipelineProcess[] = [];

  return {
    ...{ topics, env, client, results, deadLetters },
    standIn: createStandInClient(standIn.url),
    async start(entry, { env: more = {}, ...rest } = {}) {
      const started = await startPipelineProcess({ entry, ...rest, env: { ...env, ...more } });
      processes.push(started);
      await started.ready();
      return started;
    },
    async send(record) {
      const [written] = await producer.send({ topic: topics.input, acks: -1, messages: [record] });
      return { topic: topics.input, partition: written?.partition ?? 0, offset: written?.baseOffset ?? '' };
    },
    async sendAll(records) {
      await producer.send({ topic: topics.input, acks: -1, messages: [...records] });
    },
    ended: (runs, { timeoutMs = 60_000 } = {}) =>
      waitUntil(`${String(runs)} runs to end`, () => haveEnded(client, runs), { timeoutMs, everyMs: 200 }).then(
        () => {},
      ),
    resultOf: (id, { timeoutMs = 30_000 } = {}) =>
      waitUntil(
        `the result of ${id}`,
        () => results.records.find(({ headers }) => headers['message-id']?.toString() === id),
        { timeoutMs },
      ),
    deadLetterOf: ({ partition, offset }) =>
      waitUntil(
        `the dead letter of ${String(partition)}:${offset}`,
        () => deadLetters.records.find(({ headers }) => isFrom(headers, { partition, offset })),
        { timeoutMs: 30_000 },
      ),
    async close() {
      await Promise.all(processes.map((process) => process.kill()));
      await Promise.all([results.close(), deadLetters.close(), producer.disconnect()]);
      await connection.close();
      await standIn.close();
    },
  };
}

function isFrom(headers: ReadRecord['headers'], { partition, offset }: Omit<RecordSource, 'topic'>): boolean {
  return (
    headers['dead-letter-original-partition']?.toString() === String(partition) &&
    headers['dead-letter-original-offset']?.toString() === offset
  );
}

async function haveEnded(client: Client, runs: number): Promise<boolean> {
  const messages = "WorkflowType = 'processMessage'";
  const [all, open] = await Promise.all([
    client.workflow.count(messages),
    client.workflow.count(`${messages} AND ExecutionStatus = 'Running'`),
  ]);
  return open.count === 0 && all.count >= runs;
}

/** The servers of the whole test run, with a namespace and topics that no other test has. */
async function shareServers(prefix: string, partitions = 3): Promise<OwnServers> {
  const [topics, namespace] = await Promise.all([
    createTestTopics(prefix, { partitions }),
    createTestNamespace(prefix),
  ]);
  return { env: { ...testStack().env, ...topics.env, TEMPORAL_NAMESPACE: namespace }, topics };
}
