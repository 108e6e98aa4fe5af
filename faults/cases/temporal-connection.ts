import { setTimeout as delay } from 'node:timers/promises';
import type { TcpProxy } from '../../dev/stack/tcp-proxy.ts';
import type { CaseBed } from '../bed/case-bed.ts';
import { SEPARATE } from '../bed/parts.ts';
import type { FaultCase } from '../case.ts';
import { messages } from '../messages.ts';
import { between } from './random.ts';

const PER_SECOND = 30;
const SECONDS = 12;

/** The way to Temporal breaks, and Temporal itself does not notice. */
export const temporalConnection: readonly FaultCase[] = [
  connectionCase(
    'temporal-connections-cut',
    'all connections to Temporal break five times, for up to 2 s',
    async (bed, proxy) => {
      for (let time = 0; time < 5; time += 1) {
        await bed.faults.during('connections cut', async () => {
          proxy.cut();
          await delay(between(bed.random, 100, 2_000));
          proxy.restore();
        });
        await delay(between(bed.random, 500, 2_000));
      }
    },
  ),
  connectionCase('temporal-unreachable-20s', 'Temporal cannot be reached for 20 s', async (bed, proxy) => {
    await bed.faults.during('unreachable', async () => {
      proxy.cut();
      await delay(20_000);
      proxy.restore();
    });
  }),
  connectionCase(
    'temporal-hears-nothing-15s',
    'nothing that is said to Temporal arrives, for 15 s',
    async (bed, proxy) => {
      await bed.faults.during('mute', async () => {
        proxy.muteClients();
        await delay(15_000);
        // Muted connections stay so: breaking them lets the processes make new ones.
        proxy.cut();
        proxy.restore();
      });
    },
  ),
];

function connectionCase(
  name: string,
  about: string,
  breakIt: (bed: CaseBed, proxy: TcpProxy) => Promise<void>,
): FaultCase {
  return {
    ...{ name, about, tier: 2, processes: SEPARATE, through: { temporal: true } },
    standIn: { latencyMs: 100 },
    allows: {
      repeatedRecords: 'written, and nobody could take it down',
      repeatedCalls: 'answered while nobody could take the answer down',
    },
    async run(bed) {
      const { sender, progress, random, temporalProxy } = bed;
      if (temporalProxy === undefined) throw new Error('No proxy');
      const sending = sender.sendSteadily(messages(PER_SECOND * SECONDS), PER_SECOND);
      sending.catch(() => undefined);
      const from = between(random, 10, 100);
      await progress.until(`${String(from)} results`, async () => (await progress.results()) >= from);
      await breakIt(bed, temporalProxy);
      await sending;
    },
  };
}
