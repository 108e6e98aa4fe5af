import { setTimeout as delay } from 'node:timers/promises';
import type { CaseBed } from '../bed/case-bed.ts';
import { residentMiB } from '../bed/memory.ts';
import { countOpenMessages } from '../bed/open-workflows.ts';
import { SEPARATE } from '../bed/parts.ts';
import type { FaultCase } from '../case.ts';
import { messages } from '../messages.ts';

const BACKLOG = 50_000;
const BEHIND_A_STALL = 1_500;
const PADDING = 'x'.repeat(20_000);
const MAX_RSS_MIB = 400;

/** More than there is room for. */
export const load: readonly FaultCase[] = [
  {
    name: 'load-provider-stalls',
    tier: 2,
    about:
      'the provider hangs with a backlog of 1,500: the bridge pauses, open workflows stay below their limit, then all go on',
    processes: SEPARATE,
    env: { MAX_OPEN_WORKFLOWS: '100', LLM_TIMEOUT_MS: '5000' },
    allows: { repeatedCalls: 'given up at its deadline' },
    settleMs: 240_000,
    async run({ sender, servers, faults, figures, client }) {
      await servers.standIn.configure({ latencyMs: 60_000 });
      let most = 0;
      await faults.during('the provider hangs', async () => {
        await sender.send(messages(BEHIND_A_STALL));
        for (let second = 0; second < 15; second += 1) {
          most = Math.max(most, await countOpenMessages(client));
          await delay(1_000);
        }
        await servers.standIn.configure({});
      });
      figures['most open workflows (limit 100)'] = most;
      if (most > 100) throw new Error(`${String(most)} workflows were open`);
    },
  },
  {
    name: 'load-backlog-of-a-gigabyte',
    tier: 3,
    about: '50,000 records of 20 KB are there when everything starts: no process holds more than 400 MiB',
    processes: [],
    partitions: 6,
    settleMs: 1_800_000,
    async run(bed) {
      const { sender, processes, faults, progress } = bed;
      const inputs = messages(BACKLOG, { directive: () => PADDING });
      await faults.during('a backlog of a gigabyte', async () => {
        for (let at = 0; at < BACKLOG; at += 50) await sender.send(inputs.slice(at, at + 50));
      });
      await Promise.all(SEPARATE.map((part) => processes.start(part)));
      await progress.until('half of it', async () => (await progress.results()) >= BACKLOG / 2, 900_000);
      noteMemory(bed);
    },
  },
];

function noteMemory({ processes, figures }: CaseBed): void {
  for (const { name, pid } of processes.running()) {
    const mib = residentMiB(pid, 'peak');
    figures[`${name} peak RSS, MiB`] = mib;
    if (mib > MAX_RSS_MIB) throw new Error(`${name} had ${String(mib)} MiB`);
  }
}
