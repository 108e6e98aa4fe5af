import { metric } from './metrics.ts';
import type { CaseProcess } from './processes.ts';

/** Who has paused partitions. One that does not say counts: nobody knows that it goes on. */
export async function pausedBridges(running: readonly Pick<CaseProcess, 'name' | 'part' | 'metricsUrl'>[]) {
  const paused: string[] = [];
  for (const one of running.filter(({ part }) => part === 'bridge' || part === 'standalone')) {
    if ((await metric(one, 'pipeline_bridge_paused_partitions')) !== 0) paused.push(one.name);
  }
  return paused;
}
