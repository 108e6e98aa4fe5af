import { join } from 'node:path';
import { startPipelineProcess, type PipelineProcess } from '../../dev/stack/pipeline-process.ts';
import { workflowIdOf } from '../../contracts/message-id.ts';
import { connectTemporal } from '../../temporal/client.ts';
import type { Servers } from '../servers.ts';
import type { StartContender } from './contender.ts';
import { createProcessPool } from './process-pool.ts';

type Part = Pick<Parameters<typeof startPipelineProcess>[0], 'entry' | 'args'>;

/** The pipeline as production runs it: a bridge, a worker for everything but the provider, and `llm` workers. Ready. */
export const startPipelineContender: StartContender = async (
  { env, config, dataDir },
  { workers, readUsage, cleanUp },
) => {
  const starting: PipelineProcess[] = [];
  let count = 0;
  const poolOf = (part: Part) =>
    createProcessPool(async () => {
      const logFile = join(dataDir, `${part.entry.split('/')[0] ?? ''}-${String((count += 1))}.log`);
      const started = await startPipelineProcess({ ...part, env, logFile });
      starting.push(started);
      return started;
    }, readUsage);
  const otherRoles = config.workerRoles.filter((role) => role !== 'llm').join(',');
  const bridge = poolOf({ entry: 'bridge/main.js' });
  const llm = poolOf({ entry: 'workers/main.js', args: ['--role', 'llm'] });
  const pipeline = poolOf({ entry: 'workers/main.js', args: ['--role', otherRoles] });
  const pools = [bridge, llm, pipeline];
  const stop = async () => {
    for (const pool of pools) await pool.stop();
  };

  cleanUp.add(stop);
  await pipeline.start();
  for (let index = 0; index < workers; index += 1) await llm.start();
  await bridge.start();
  await Promise.all(starting.map((one) => one.ready()));
  return {
    cpuSeconds: () => pools.reduce((sum, pool) => sum + pool.cpuSeconds(), 0),
    replaceOne: () => llm.replaceOldest(),
    async stopCalling() {
      // The bridge first: its starts would only pile up.
      await bridge.stop();
      await llm.stop();
    },
    stop,
    stillOpen: (ids) => openWorkflows(config, ids),
    unexpectedExits: () => pools.reduce((sum, pool) => sum + pool.unexpectedExits(), 0),
  };
};

async function openWorkflows(config: Servers['config'], ids: readonly string[]): Promise<ReadonlySet<string>> {
  if (ids.length === 0) return new Set();
  const topic = config.kafka.inputTopics[0] ?? '';
  const { client, close } = await connectTemporal(config.temporal);
  try {
    const open = new Set<string>();
    for (const id of ids) {
      const handle = client.workflow.getHandle(workflowIdOf({ topic, partition: 0, offset: '0' }, id));
      const { status } = await handle.describe();
      if (status.name === 'RUNNING') open.add(id);
    }
    return open;
  } finally {
    await close();
  }
}
