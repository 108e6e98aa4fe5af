import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { Connection, type Client } from '@temporalio/client';
import { startTcpProxy, type TcpProxy } from '../../dev/stack/tcp-proxy.ts';
import { createNamespace } from '../../dev/stack/temporal-namespace.ts';
import { createRandom } from '../../dev/standin/random.ts';
import type { FaultCase } from '../case.ts';
import type { FaultServers } from '../servers.ts';
import { sampleCommits, type CommitSampler } from './commit-samples.ts';
import { createFaultLog, type FaultLog } from './fault-log.ts';
import { endOpenWorkflows } from './open-workflows.ts';
import { createProcesses, type Processes } from './processes.ts';
import { createProgress, type Progress } from './progress.ts';
import { connectSender, type Sender } from './sender.ts';
import { caseTopics, type CaseTopics } from './topics.ts';

/** What a case stands on: servers it may break, and topics, a namespace and processes of its own. */
export interface CaseBed {
  readonly name: string;
  /** In 0…1, from the run's seed and the case's name: the only randomness there is. */
  readonly random: () => number;
  readonly servers: FaultServers;
  /** On the way to Temporal of a case that asked for it. */
  readonly temporalProxy: TcpProxy | undefined;
  readonly topics: CaseTopics;
  readonly client: Client;
  readonly processes: Processes;
  readonly sender: Sender;
  readonly commits: CommitSampler;
  readonly progress: Progress;
  readonly faults: FaultLog;
  /** Figures for the report. */
  readonly figures: Record<string, number | string>;
  readonly secret: string;
  /** Its processes' logs. */
  readonly logDir: string;
  close(): Promise<void>;
}

export interface Round {
  readonly seed: number;
  /** Never used before, also by an earlier run on the same data. */
  readonly unique: string;
}

/** Nothing of the product runs yet. */
export async function openCaseBed(servers: FaultServers, faultCase: FaultCase, round: Round): Promise<CaseBed> {
  const { brokers, standIn } = servers;
  const { name, through = {}, partitions = 3 } = faultCase;
  const topics = caseTopics(round.unique, { brokers, partitions });
  const logDir = join(servers.dataDir, round.unique);
  mkdirSync(logDir, { recursive: true });
  const random = createRandom(seedOf(`${name}/${String(round.seed)}`));
  await Promise.all([topics.create(), standIn.configure(faultCase.standIn ?? {}), standIn.reset()]);
  const connection = await Connection.connect({ address: servers.temporal.address });
  const temporalProxy = through.temporal === true ? await startTcpProxy(servers.temporal.address) : undefined;
  // Its own: task queues have fixed names, and what a case leaves open must not meet the next one.
  const client = await createNamespace(connection, round.unique, { timeoutMs: 60_000 });
  const sender = await connectSender(brokers, { topic: topics.input, partitions });
  const commits = await sampleCommits(brokers, { groupId: topics.groupId, topic: topics.input });
  // Of no form that a pattern knows.
  const secret = `canary${round.unique.replaceAll(/[^a-z0-9]/gi, '')}`;
  const env = {
    ...servers.env,
    ...topics.env,
    TEMPORAL_NAMESPACE: round.unique,
    OPENAI_API_KEY: secret,
    ...(through.kafka === true && { KAFKA_BROKERS: `127.0.0.1:${String(servers.kafkaProxy.port)}` }),
    ...(temporalProxy !== undefined && { TEMPORAL_ADDRESS: temporalProxy.address }),
    ...faultCase.env,
  };
  const processes = createProcesses({ env, logDir });
  return {
    ...{ name, random, servers, temporalProxy, topics, client, processes, sender, commits, secret, logDir },
    progress: createProgress({ brokers, topics, standIn, processes }),
    faults: createFaultLog(),
    figures: {},
    async close() {
      await processes.killAll();
      servers.kafkaProxy.clearRules();
      await Promise.allSettled([sender.close(), endOpenWorkflows(client), topics.remove()]);
      await connection.close();
      await temporalProxy?.close();
    },
  };
}

/** FNV-1a: any text to 32 bits. */
function seedOf(text: string): number {
  return Array.from(text).reduce(
    (hash, letter) => Math.imul(hash ^ (letter.codePointAt(0) ?? 0), 0x01000193),
    0x811c9dc5,
  );
}
