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
