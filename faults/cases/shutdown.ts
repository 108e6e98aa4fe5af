import { setTimeout as delay } from 'node:timers/promises';
import { SEPARATE } from '../bed/parts.ts';
import type { FaultCase } from '../case.ts';
import { messages } from '../messages.ts';
import { between } from './random.ts';

const MESSAGES = 120;
const DRAIN_LIMIT_MS = 45_000;

/** Being asked to stop, at moments at which it is hard. */
export const shutdown: readonly FaultCase[] = [
  {
    name: 'stop-everything-under-load',
    tier: 2,
    about: 'SIGTERM to all processes while calls of 8 s are under way: exit code 0 within 45 s, no call torn off',
    processes: SEPARATE,
    env: { LLM_MAX_CONCURRENCY: '20' },
    standIn: { latencyMs: 8_000 },
    async run({ sender, processes, progress, faults, figures, servers }) {
      await sender.send(messages(MESSAGES));
      await progress.until('calls under way', async () => (await progress.provider()).inFlight >= 20);
      const startedAt = Date.now();
      await faults.during('asked to stop', () => processes.stopAll());
      figures['seconds to stop'] = (Date.now() - startedAt) / 1_000;
      if (Date.now() - startedAt > DRAIN_LIMIT_MS) throw new Error('Stopping took longer than 45 s');
      const { aborted } = await progress.provider();
      if (aborted > 0) throw new Error(`${String(aborted)} calls were torn off`);
      await servers.standIn.configure({ latencyMs: 50 });
      await Promise.all(SEPARATE.map((part) => processes.start(part)));
    },
  },
  {
    name: 'stop-while-joining',
    tier: 2,
    about: 'SIGTERM, twice, to a bridge that is joining its group: it ends with 0, and leaves no member behind',
    processes: SEPARATE,
    standIn: { latencyMs: 50 },
    async run({ sender, processes, faults, random }) {
      await sender.send(messages(MESSAGES));
      for (let time = 1; time <= 3; time += 1) {
        const guest = await processes.start('bridge', { wait: false });
        await guest.alive();
        await delay(between(random, 0, 1_500));
        const stopping = guest.stop();
        await delay(50);
        if (guest.end().actual === 'running') process.kill(guest.pid, 'SIGTERM');
        await stopping;
        faults.hit(`${guest.name} asked to stop twice`);
      }
    },
  },
];
