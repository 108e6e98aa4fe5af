import { residentMiB } from '../bed/memory.ts';
import { metricsText, sumOf } from '../bed/metrics.ts';
import { SEPARATE } from '../bed/parts.ts';
import type { FaultCase, Tier } from '../case.ts';
import { HOSTILE_KINDS, hostileRecords } from '../hostile/hostile-records.ts';
import { RECORD_LIMIT_BYTES } from '../hostile/oversize.ts';
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
    env: { MAX_RECORD_BYTES: String(RECORD_LIMIT_BYTES) },
    settleMs: 120_000 + count * 60,
    async run(bed) {
      const { sender, random, faults, processes, progress, figures } = bed;
      const bridge = processes.one('bridge');
      const delaysBefore = await eventLoopDelays(bridge);
      const before = residentMiB(bridge.pid);
      const inputs = shuffled([...messages(count, { prefix: 'good' }), ...hostileRecords(count, random)], random);
      await faults.during(`${String(count)} hostile records are sent`, () => sender.send(inputs));
      await progress.until(
        'all of them to be read',
        async () => (await progress.handled()) >= inputs.length,
        1_500_000,
      );
      figures['bridge RSS before, MiB'] = before;
      figures['bridge RSS after, MiB'] = residentMiB(bridge.pid);
      const delays = await eventLoopDelays(bridge);
      const all = delays.all - delaysBefore.all;
      figures['bridge event loop delays'] = all;
      figures['of them above 200 ms'] = all - (delays.short - delaysBefore.short);
    },
  };
}

/** Where fewer than one in a thousand is above 200 ms, the 99.9th percentile is below. */
async function eventLoopDelays(bridge: { readonly metricsUrl: string }): Promise<{ all: number; short: number }> {
  const name = 'pipeline_event_loop_delay_seconds';
  // Of one moment: more may come between two answers.
  const text = (await metricsText(bridge.metricsUrl)) ?? '';
  return { all: sumOf(text, `${name}_count`) ?? 0, short: sumOf(text, `${name}_bucket`, 'le="0.2"') ?? 0 };
}
