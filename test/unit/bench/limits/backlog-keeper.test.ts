import { keepBacklog } from '../../../../bench/limits/backlog-keeper.ts';
import { createMix } from '../../../../bench/limits/mix.ts';

test('the backlog is filled in requests the broker takes, and what has ended is replaced, no message twice', async () => {
  const end = new AbortController();
  const requests: string[][] = [];
  let ended = 0;
  await keepBacklog({
    mix: createMix('short'),
    size: 1_200,
    ended: () => ended,
    send: async (messages) => {
      requests.push(messages.map(({ id }) => id));
    },
    clock: {
      now: () => 0,
      sleep: async () => {
        if (ended >= 60) end.abort();
        ended += 20;
      },
    },
    signal: end.signal,
  });
  expect(requests.map((ids) => ids.length)).toEqual([500, 500, 200, 20, 20, 20]);
  expect(new Set(requests.flat()).size).toBe(1_260);
});

test('a broker that does not take it ends it', async () => {
  const feed = keepBacklog({
    mix: createMix('short'),
    size: 10,
    ended: () => 0,
    send: () => Promise.reject(new Error('no broker')),
    clock: { now: () => 0, sleep: async () => {} },
    signal: new AbortController().signal,
  });
  await expect(feed).rejects.toThrow('no broker');
});
