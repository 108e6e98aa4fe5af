import { execFile } from 'node:child_process';
import { statSync } from 'node:fs';
import { promisify } from 'node:util';
import type { CaseBed } from '../bed/case-bed.ts';
import { SEPARATE } from '../bed/parts.ts';
import type { FaultCase } from '../case.ts';
import { messages } from '../messages.ts';

const MESSAGES = 200;
const run = promisify(execFile);

/** No file of a process may grow any more: what a full disk is to it. Linux only. */
async function fillDiskOf(pid: number, bytes: number): Promise<void> {
  await run('prlimit', ['--pid', String(pid), `--fsize=${String(bytes)}`]);
}

export const diskFull: readonly FaultCase[] = [
  {
    name: 'disk-full-kafka',
    tier: 2,
    about: 'the broker cannot write any more under load, and comes back with room',
    processes: SEPARATE,
    standIn: { latencyMs: 50 },
    allows: { repeatedRecords: 'written, and the answer never came' },
    settleMs: 180_000,
    run: (bed) => serverWithoutDisk(bed, 'kafka'),
  },
  {
    name: 'disk-full-temporal',
    tier: 2,
    about: 'Temporal cannot write any more under load, and comes back with room',
    processes: SEPARATE,
    standIn: { latencyMs: 50 },
    allows: { repeatedRecords: 'written, and not recorded', repeatedCalls: 'answered, and not recorded' },
    settleMs: 180_000,
    run: (bed) => serverWithoutDisk(bed, 'temporal'),
  },
  {
    name: 'disk-full-logs',
    tier: 2,
    about: 'the standalone’s log cannot grow any more: it goes on without, or ends and is started again',
    processes: ['standalone'],
    env: { LOG_LEVEL: 'debug' },
    standIn: { latencyMs: 50 },
    allows: { repeatedRecords: 'ended while publishing', repeatedCalls: 'ended while calling' },
    async run({ sender, progress, processes, faults, figures }) {
      await sender.send(messages(MESSAGES));
      await progress.until('some results', async () => (await progress.results()) >= 20);
      const standalone = processes.one('standalone');
      await fillDiskOf(standalone.pid, statSync(standalone.logFile).size + 500);
      faults.hit('the log cannot grow any more');
      const ended = await Promise.race([standalone.exited, progress.until('all results', allDone)]);
      figures['the process'] = ended === undefined ? 'went on' : `ended with ${String(ended.code ?? ended.signal)}`;
      if (ended === undefined) return;
      faults.hit('the process ended');
      standalone.expectExit(ended.code ?? 0);
      await processes.start('standalone');

      async function allDone() {
        return (await progress.results()) >= MESSAGES;
      }
    },
  },
];

async function serverWithoutDisk(bed: CaseBed, name: 'kafka' | 'temporal'): Promise<void> {
  const { sender, progress, faults, servers } = bed;
  const server = servers[name];
  await sender.send(messages(MESSAGES, { prefix: 'before' }));
  await progress.until('some results', async () => (await progress.results()) >= 20);
  await faults.during(`${name} cannot write any more`, async () => {
    if (server.pid !== undefined) await fillDiskOf(server.pid, 1_000);
    const sending = sender.send(messages(MESSAGES, { prefix: 'meanwhile' }));
    sending.catch(() => undefined);
    await new Promise((resolve) => setTimeout(resolve, 8_000));
    // Whatever became of it, it has ended now, and starts again with room.
    await server.kill();
    await server.start();
    await sending;
  });
}
