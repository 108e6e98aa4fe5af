import { join } from 'node:path';
import { startPipelineProcess, type PipelineProcess } from '../../dev/stack/pipeline-process.ts';
import type { Config } from '../../config/load.ts';
import type { CleanUp } from '../clean-up.ts';
import type { Servers } from '../servers.ts';

export interface RunningPipeline {
  readonly pids: readonly number[];
  /** Drains all of them. */
  stop(): Promise<void>;
}

type Part = Pick<Parameters<typeof startPipelineProcess>[0], 'entry' | 'args'>;

/** Starts the pipeline as production does. Resolves when every process says that it is ready. */
export async function startPipeline(
  { env, config, dataDir }: Servers,
  { separate, cleanUp }: { separate: boolean; cleanUp: CleanUp },
): Promise<RunningPipeline> {
  const processes: PipelineProcess[] = [];
  const stop = async () => {
    // The bridge first: workers that leave before it would let its starts pile up.
    for (const one of processes.splice(0).reverse()) await one.stop();
  };
  cleanUp.add(stop);
  for (const part of separate ? apart(config) : [{ entry: 'main.js' } as const]) {
    const name = [part.entry.replace(/\/?main\.js$/, ''), ...(part.args ?? [])].join('-').replace(/^$/, 'standalone');
    processes.push(await startPipelineProcess({ ...part, env, logFile: join(dataDir, `${name}.log`) }));
  }
  await Promise.all(processes.map((one) => one.ready()));
  return { pids: processes.map(({ pid }) => pid), stop };
}

function apart({ workerRoles }: Config): readonly Part[] {
  const workers = workerRoles.map((role) => ({ entry: 'workers/main.js' as const, args: ['--role', role] }));
  return [...workers, { entry: 'bridge/main.js' }];
}
