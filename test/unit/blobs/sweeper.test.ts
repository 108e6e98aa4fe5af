import { pino } from 'pino';
import { startSweeper } from '../../../blobs/sweeper.ts';
import { waitUntil } from '../../../dev/wait-until.ts';

it('expired blobs are deleted again and again, whatever the store says in between', async () => {
  const asked: number[] = [];
  const sweeper = startSweeper({
    store: {
      async deleteUnusedSince(time) {
        asked.push(time.getTime());
        if (asked.length === 1) throw new Error('the store is down');
        return 1;
      },
    },
    expiryMs: 1_000,
    logger: pino({ level: 'silent' }),
    everyMs: 1,
    now: () => 5_000,
    random: () => 0,
  });
  await waitUntil('three sweeps', () => asked.length >= 3);
  await sweeper.close();
  expect(new Set(asked)).toEqual(new Set([4_000]));
});

it('closing ends a sweep under way, and waits for none that hangs', async () => {
  const signals: (AbortSignal | undefined)[] = [];
  const sweeper = startSweeper({
    store: {
      deleteUnusedSince(_time, signal) {
        signals.push(signal);
        return new Promise(() => {});
      },
    },
    expiryMs: 1_000,
    logger: pino({ level: 'silent' }),
    random: () => 0,
    closeTimeoutMs: 10,
  });
  await waitUntil('a sweep', () => signals.length === 1);
  expect(signals[0]?.aborted).toBe(false);
  await sweeper.close();
  expect(signals[0]?.aborted).toBe(true);
});
