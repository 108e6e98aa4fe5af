import { createBatchResults } from '../../../activities/batch-results.ts';
import type { BatchAnswer, BatchProvider, BatchState } from '../../../providers/batch-provider.ts';
import { pollDelayMs } from '../../../activities/poll-batch.ts';

function setup({ states = [], text = 'Short.' }: { states?: Partial<BatchState>[]; text?: string } = {}) {
  const downloads: string[] = [];
  let asked = 0;
  let running = 0;
  let mostAtATime = 0;
  const answer: BatchAnswer = {
    kind: 'completion',
    completion: { text, finishReason: 'stop', model: 'm', usage: { inputTokens: 1, outputTokens: 1 } },
  };
  const provider = {
    state: async (batchId: string) => {
      const ended = {
        hasEnded: true,
        answeredNothing: false,
        refused: false,
        description: 'completed',
        resultFiles: [batchId],
      };
      return { ...ended, ...states[asked++] };
    },
    answers: async ({ resultFiles: [file = ''] }: BatchState) => {
      downloads.push(file);
      running += 1;
      mostAtATime = Math.max(mostAtATime, running);
      await turnOfTheLoop();
      running -= 1;
      if (file === 'broken' && downloads.length === 1) throw new Error('lost on the way');
      return new Map([['mine', answer]]);
    },
  } as unknown as BatchProvider;
  return { results: createBatchResults(provider), downloads, mostAtATime: () => mostAtATime };
}

const turnOfTheLoop = () => new Promise((resolve) => setImmediate(resolve));

test('the files of a batch are read once for all messages in it', async () => {
  const { results, downloads } = setup();
  await Promise.all([results('b'), results('b'), results('b')]);
  await results('b');
  expect(downloads).toEqual(['b']);
});

test('many batches that are read at the same time, in any order, are each read once, two at a time', async () => {
  const { results, downloads, mostAtATime } = setup();
  const batches = Array.from({ length: 20 }, (_, index) => `b-${String(index)}`);
  const reads: Promise<unknown>[] = [];
  for (let round = 0; round < 10; round += 1) {
    reads.push(...batches.map((id) => results(id)));
    await turnOfTheLoop();
  }
  await Promise.all(reads);
  expect(downloads).toEqual(batches);
  expect(mostAtATime()).toBe(2);
});

test('of those that were read as many are kept as have room, the one read last at any rate', async () => {
  const { results, downloads } = setup({ text: 'x'.repeat(10 * 1024 * 1024) });
  for (const id of ['a', 'b', 'c', 'a', 'd', 'a', 'b']) await results(id);
  expect(downloads).toEqual(['a', 'b', 'c', 'd', 'b']);
  const large = setup({ text: 'x'.repeat(40 * 1024 * 1024) });
  for (const id of ['a', 'a', 'b', 'a']) await large.results(id);
  expect(large.downloads).toEqual(['a', 'b', 'a']);
});

test('they are kept for some minutes, and given up then, whether anybody asks or not', async () => {
  jest.useFakeTimers({ doNotFake: ['setImmediate'] });
  try {
    // To the cache, what is of the very first moment has no age.
    jest.advanceTimersByTime(1_000);
    const { results, downloads } = setup();
    await results('b');
    jest.advanceTimersByTime(4 * 60_000);
    await results('b');
    expect(downloads).toEqual(['b']);
    jest.advanceTimersByTime(100);
    expect(jest.getTimerCount()).toBe(1);
    jest.advanceTimersByTime(2 * 60_000);
    expect(jest.getTimerCount()).toBe(0);
    await results('b');
    expect(downloads).toEqual(['b', 'b']);
  } finally {
    jest.useRealTimers();
  }
});

test('what failed is read again, and a batch that runs is asked about again', async () => {
  const broken = setup();
  await expect(broken.results('broken')).rejects.toThrow('lost');
  expect(await broken.results('broken')).toMatchObject({ hasEnded: true });
  const running = setup({ states: [{ hasEnded: false }] });
  expect(await running.results('b')).toMatchObject({ hasEnded: false });
  expect(await running.results('b')).toMatchObject({ hasEnded: true });
});

test('a batch is asked about more and more seldom', () => {
  expect([1, 2, 3, 1_000].map((attempt) => pollDelayMs(attempt, 60_000))).toEqual([5_000, 7_500, 11_250, 60_000]);
  expect(pollDelayMs(1, 1_000)).toBe(1_000);
});
