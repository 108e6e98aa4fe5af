import { setTimeout as delay } from 'node:timers/promises';
import type { CaseBed } from '../bed/case-bed.ts';
import { SEPARATE } from '../bed/parts.ts';
import type { FaultCase } from '../case.ts';
import { messages } from '../messages.ts';
import { between } from './random.ts';

interface Storm {
  readonly how: 'kill' | 'stop';
  readonly times: number;
  readonly everyMs: number;
  readonly perSecond: number;
}

const killed = 'a bridge was killed after a dead letter was written, before its offset was committed';

/** The group changes again and again while messages come in. */
export const rebalance: readonly FaultCase[] = [
  storm('rebalance-join-and-leave', { how: 'stop', times: 4, everyMs: 2_000, perSecond: 50 }, 1),
  storm('rebalance-join-and-kill', { how: 'kill', times: 5, everyMs: 3_000, perSecond: 50 }, 2),
  storm('rebalance-storm', { how: 'kill', times: 36, everyMs: 5_000, perSecond: 50 }, 3),
  {
    name: 'rebalance-while-paused',
    tier: 2,
    about: 'a bridge joins while everything is paused, because the provider hangs: no partition stays paused',
    processes: SEPARATE,
    env: { MAX_OPEN_WORKFLOWS: '20', LLM_TIMEOUT_MS: '3000' },
    standIn: { latencyMs: 50 },
    allows: { repeatedRecords: killed },
    async run({ sender, servers, processes, faults, progress }) {
      await sender.send(messages(150));
      await progress.until('some results', async () => (await progress.results()) >= 10);
      await faults.during('a bridge joins and leaves while everything is paused', async () => {
        await servers.standIn.configure({ down: true });
        await delay(5_000);
        await processes.start('bridge');
        await delay(3_000);
        await processes.one('bridge').stop();
        await servers.standIn.configure({ latencyMs: 50 });
      });
    },
  },
];

function storm(name: string, options: Storm, tier: FaultCase['tier']): FaultCase {
  const { how, times, everyMs, perSecond } = options;
  return {
    ...{ name, tier, processes: SEPARATE },
    about: `another bridge is started and ${how === 'kill' ? 'killed' : 'stopped'} ${String(times)} times, every ${String(everyMs / 1_000)} s, at ${String(perSecond)} messages a second`,
    partitions: 6,
    standIn: { latencyMs: 50 },
    settleMs: 240_000,
    run: (bed) => comeAndGo(bed, options),
  };
}

async function comeAndGo(bed: CaseBed, { how, times, everyMs, perSecond }: Storm): Promise<void> {
  const { sender, processes, faults, random } = bed;
  const seconds = Math.ceil((times * everyMs) / 1_000);
  const sending = sender.sendSteadily(messages(perSecond * seconds), perSecond);
  sending.catch(() => undefined);
  for (let time = 1; time <= times; time += 1) {
    const startedAt = Date.now();
    const guest = await processes.start('bridge', { wait: false });
    await guest.alive();
    await delay(between(random, 0, everyMs / 2));
    await (how === 'kill' ? guest.kill() : guest.stop());
    faults.hit(`${guest.name} ${how === 'kill' ? 'killed' : 'stopped'}`);
    await delay(Math.max(0, startedAt + everyMs - Date.now()));
  }
  await sending;
}
