import { join } from 'node:path';
import type { Admin } from 'kafkajs';
import { startChild } from '../../dev/stack/child-process.ts';
import { findProjectRoot } from '../../dev/stack/project-root.ts';
import { systemClock } from '../clock.ts';
import type { Servers } from '../servers.ts';
import type { StartContender } from './contender.ts';
import { positionOf } from './mix.ts';
import { createProcessPool, type PoolProcess } from './process-pool.ts';

const JOIN_TIMEOUT_MS = 60_000;
const POLL_EVERY_MS = 200;
const STOP_GRACE_MS = 30_000;

/** As many processes of `bench/comparison/plain-consumer.ts`, one consumer group. */
export const startPlainContender: StartContender = async (servers, { workers, readUsage, cleanUp }) => {
  let count = 0;
  const pool = createProcessPool(() => Promise.resolve(startConsumer(servers, (count += 1))), readUsage);
  cleanUp.add(() => pool.stop());
  for (let index = 0; index < workers; index += 1) await pool.start();
  await groupHas(workers, servers);
  return {
    cpuSeconds: () => pool.cpuSeconds(),
    replaceOne: () => pool.replaceOldest(),
    stopCalling: () => pool.stop(),
    stop: () => pool.stop(),
    stillOpen: (ids) => notCommitted(servers, ids),
    unexpectedExits: () => pool.unexpectedExits(),
  };
};

function startConsumer({ env, dataDir }: Servers, number: number): PoolProcess {
  const root = findProjectRoot();
  const child = startChild({
    command: process.execPath,
    args: ['--enable-source-maps', join(root, 'dist/bench/comparison/plain-consumer.js')],
    cwd: root,
    env: { ...process.env, ...env },
    logFile: join(dataDir, `plain-consumer-${String(number)}.log`),
  });
  return { pid: child.pid, exited: child.exited, kill: () => child.kill(), stop: () => child.stop(STOP_GRACE_MS) };
}

async function groupHas(members: number, servers: Servers): Promise<void> {
  const deadline = systemClock.now() + JOIN_TIMEOUT_MS;
  await withAdmin(servers, async (admin) => {
    for (;;) {
      const [group] = (await admin.describeGroups([servers.config.kafka.groupId])).groups;
      if (group?.state === 'Stable' && group.members.length === members) return;
      if (systemClock.now() > deadline)
        throw new Error('The plain consumers did not all join their group within 60 s.');
      await systemClock.sleep(POLL_EVERY_MS);
    }
  });
}

/** What is not committed will be delivered again. */
async function notCommitted(servers: Servers, ids: readonly string[]): Promise<ReadonlySet<string>> {
  const { groupId, inputTopics } = servers.config.kafka;
  const [committed] = await withAdmin(servers, (admin) => admin.fetchOffsets({ groupId, topics: [...inputTopics] }));
  const next = new Map(committed?.partitions.map(({ partition, offset }) => [partition, BigInt(offset)]));
  return new Set(
    ids.filter((id) => {
      const { partition, offset } = positionOf(id);
      return offset >= (next.get(partition) ?? 0n);
    }),
  );
}

async function withAdmin<T>({ kafka }: Servers, use: (admin: Admin) => Promise<T>): Promise<T> {
  const admin = kafka.admin();
  await admin.connect();
  try {
    return await use(admin);
  } finally {
    await admin.disconnect();
  }
}
