import { backlog } from '../../../../bench/throughput/backlog.ts';
import { steady } from '../../../../bench/throughput/steady.ts';
import { benchMessages } from '../../../../bench/throughput/messages.ts';
import type { Clock } from '../../../../bench/clock.ts';
import type { Rhythm } from '../../../../bench/throughput/rhythm.ts';
import { parseBenchOptions } from '../../../../bench/options.ts';

/** Runs a rhythm on a clock that only moves by its sleeps and by what sending takes. */
async function feed(
  rhythm: Rhythm,
  args: string[],
  { sendTakesMs = () => 0 }: { sendTakesMs?: (call: number) => number },
) {
  const options = parseBenchOptions(args);
  const messages = benchMessages('m', rhythm.messageCount(options));
  const sends: { at: number; ids: string[] }[] = [];
  let now = 1_000;
  const clock: Clock = {
    now: () => now,
    sleep: async (ms) => {
      now += ms;
    },
  };
  await rhythm.feed({
    options,
    messages,
    clock,
    send: async (some) => {
      sends.push({ at: now - 1_000, ids: some.map(({ id }) => id) });
      now += sendTakesMs(sends.length);
    },
  });
  return { sends, sentIds: sends.flatMap(({ ids }) => ids), ids: messages.map(({ id }) => id) };
}

describe('backlog', () => {
  it('sends every message once, in requests the broker takes', async () => {
    const { sends, sentIds, ids } = await feed(backlog, ['--messages', '1201'], {});
    expect(sentIds).toEqual(ids);
    expect(sends.map((send) => send.ids.length)).toEqual([500, 500, 201]);
  });
});

describe('steady', () => {
  const twoSecondsOf20 = ['--mode', 'steady', '--rate', '20', '--seconds', '2'];

  it('sends one message every 1/rate seconds', async () => {
    const { sends, sentIds, ids } = await feed(steady, twoSecondsOf20, {});
    expect(sentIds).toEqual(ids);
    expect(sends.map(({ at }) => at)).toEqual(Array.from({ length: 40 }, (_, index) => index * 50));
  });

  it('keeps its schedule when a send stalls: what became due meanwhile goes out together', async () => {
    const { sends, sentIds, ids } = await feed(steady, twoSecondsOf20, {
      sendTakesMs: (call) => (call === 3 ? 320 : 0),
    });
    expect(sentIds).toEqual(ids);
    expect(sends[3]).toEqual({ at: 420, ids: ['m-3', 'm-4', 'm-5', 'm-6', 'm-7', 'm-8'] });
    expect(sends.at(-1)).toEqual({ at: 1_950, ids: ['m-39'] });
  });
});

describe('messages', () => {
  it('differ in id and prompt, so that no call can stand for two', () => {
    const messages = benchMessages('m', 200).map(({ id, value }) => ({ id, ...(JSON.parse(value) as object) }));
    const texts = messages.map((message) => (message as unknown as { payload: { text: string } }).payload.text);
    expect(new Set(texts).size).toBe(200);
    expect(new Set(messages.map(({ id }) => id)).size).toBe(200);
  });
});
