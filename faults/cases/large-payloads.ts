import { randomBytes } from 'node:crypto';
import type { CaseBed } from '../bed/case-bed.ts';
import { SEPARATE } from '../bed/parts.ts';
import type { FaultCase } from '../case.ts';
import { messages } from '../messages.ts';

const MB = 1_000_000;
const WORDS = 'All work and no play makes Jack a dull boy. ';

/** Payloads that are too large for Temporal, and lie in the blob store. */
export const largePayloads: readonly FaultCase[] = [
  {
    name: 'large-20-of-5-megabytes',
    tier: 2,
    about: '20 messages of 5 MB come at once',
    processes: SEPARATE,
    settleMs: 240_000,
    async run({ sender, faults }) {
      await faults.during('100 MB at once', () => sendLarge(sender, { count: 20, bytes: 5 * MB }));
    },
  },
  {
    name: 'large-encrypted-killed',
    tier: 2,
    about: 'the pipeline worker, then one for the calls, are killed over 40 encrypted messages of 1 MB',
    processes: SEPARATE,
    env: { PAYLOAD_KEYS: `one:${randomBytes(32).toString('base64')}` },
    allows: { repeatedRecords: 'published, and not recorded', repeatedCalls: 'answered, and not recorded' },
    settleMs: 240_000,
    async run({ sender, progress, processes, faults }) {
      await sendLarge(sender, { count: 40, bytes: MB });
      for (const [part, results] of [
        ['pipeline', 5],
        ['llm', 20],
      ] as const) {
        await progress.until(`${String(results)} results`, async () => (await progress.results()) >= results, 120_000);
        await processes.one(part).kill();
        faults.hit(`killed ${part} after ${String(results)} of 40 results`);
        await processes.start(part);
      }
    },
  },
];

/** One record a request: a broker takes no batch above its limit. */
async function sendLarge(sender: CaseBed['sender'], { count, bytes }: { count: number; bytes: number }): Promise<void> {
  const padding = WORDS.repeat(bytes / WORDS.length);
  for (const message of messages(count, { directive: () => padding })) await sender.send([message]);
}
