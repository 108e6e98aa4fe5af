import { setTimeout as delay } from 'node:timers/promises';
import type { CaseBed } from '../bed/case-bed.ts';
import { SEPARATE } from '../bed/parts.ts';
import type { FaultCase } from '../case.ts';
import { messages } from '../messages.ts';
import { between } from './random.ts';

const MESSAGES = 300;
const allows = {
  repeatedRecords: 'killed between the broker’s answer and its recording',
  repeatedCalls: 'killed while calls or their answers were under way',
} as const;
const base = { processes: SEPARATE, env: { LLM_MAX_CONCURRENCY: '4' }, standIn: { latencyMs: 100 }, allows } as const;

/** More than one thing breaks. */
export const killAnything: readonly FaultCase[] = [
  {
    ...base,
    name: 'power-cut',
    tier: 2,
    about: 'kill -9 of all processes and both servers in the same moment, and everything starts again',
    settleMs: 180_000,
    async run(bed) {
      const { sender, servers, processes, progress, faults, random } = bed;
      const cutAt = between(random, 20, 200);
      await sender.send(messages(MESSAGES));
      await progress.until(`${String(cutAt)} results`, async () => (await progress.results()) >= cutAt);
      await faults.during(`everything is killed at ${String(cutAt)} results`, async () => {
        await Promise.all([processes.killAll(), servers.kafka.kill(), servers.temporal.kill()]);
        await Promise.all([servers.kafka.start(), servers.temporal.start()]);
      });
      await Promise.all(SEPARATE.map((part) => processes.start(part)));
    },
  },
  {
    ...base,
    name: 'kill-one-after-the-other',
    tier: 2,
    about: 'kill -9 of any worker or the bridge, twelve times, a new one each time',
    settleMs: 180_000,
    async run(bed) {
      const sending = bed.sender.sendSteadily(messages(600), 20);
      sending.catch(() => undefined);
      for (let time = 0; time < 12; time += 1) {
        await killAny(bed);
        await delay(between(bed.random, 500, 2_500));
      }
      await sending;
    },
  },
];

async function killAny({ processes, faults, random }: CaseBed): Promise<void> {
  const running = processes.running();
  const victim = running[between(random, 0, running.length - 1)];
  if (victim === undefined) throw new Error('Nothing runs');
  await victim.kill();
  faults.hit(`${victim.name} killed`);
  await processes.start(victim.part);
}
