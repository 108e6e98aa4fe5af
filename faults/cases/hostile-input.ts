import { readFileSync } from 'node:fs';
import type { CaseBed } from '../bed/case-bed.ts';
import { metric } from '../bed/metrics.ts';
import { SEPARATE } from '../bed/parts.ts';
import type { FaultCase, Tier } from '../case.ts';
import { HOSTILE_KINDS, hostileRecords } from '../hostile/hostile-records.ts';
import { messages } from '../messages.ts';
import { shuffled } from './random.ts';

/** Records of every hostile kind among good ones. */
export const hostileInput: readonly FaultCase[] = [among(HOSTILE_KINDS.length, 1), among(1_000, 2), among(10_000, 3)];

function among(count: number, tier: Tier): FaultCase {
  return {
    name: `hostile-records-${String(count)}`,
    tier,
    about: `${String(count)} hostile records of ${String(HOSTILE_KINDS.length)} kinds among as many good ones`,
    processes: SEPARATE,
    settleMs: 120_000 + count * 60,
    async run(bed) {
      const { sender, random, faults, processes, progress, figures } = bed;
      const bridge = processes.one('bridge');
      const before = residentMiB(bridge.pid);
      const inputs = shuffled([...messages(count, { prefix: 'good' }), ...hostileRecords(count, random)], random);
      await faults.during(`${String(count)} hostile records are sent`, () => sender.send(inputs));
      await progress.until('all of them to be read', async () => (await progress.handled()) >= inputs.length, 600_000);
      figures['bridge RSS before, MiB'] = before;
      figures['bridge RSS after, MiB'] = residentMiB(bridge.pid);
      await noteEventLoop(bed, bridge);
    },
  };
}

async function noteEventLoop({ figures }: CaseBed, bridge: { readonly metricsUrl: string }): Promise<void> {
  for (const [figure, name] of Object.entries({
    p99: 'nodejs_eventloop_lag_p99_seconds',
    max: 'nodejs_eventloop_lag_max_seconds',
  })) {
    const seconds = await metric(bridge, name);
    figures[`bridge event loop delay ${figure}, ms`] = seconds === undefined ? 'unknown' : Math.round(seconds * 1_000);
  }
}

/** Linux only. */
function residentMiB(pid: number): number {
  const [, kiB = '0'] = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${String(pid)}/status`, 'utf8')) ?? [];
  return Math.round(Number(kiB) / 1_024);
}
