import { createBatchResults } from '../../../activities/batch-results.ts';
import type { BatchProvider, BatchState } from '../../../providers/batch-provider.ts';
import { pollDelayMs } from '../../../activities/poll-batch.ts';

function setup(states: Partial<BatchState>[] = []) {
  const downloads: string[] = [];
  let asked = 0;
  const provider = {
    state: async (batchId: string) => {
      const state = { hasEnded: true, answeredNothing: false, description: 'completed', resultFiles: [batchId], ...states[asked++] };
      return state;
    },
    answers: async ({ resultFiles: [file = ''] }: BatchState) => {
      downloads.push(file);
      if (file === 'broken' && downloads.length === 1) throw new Error('lost on the way');
      return new Map();
    },
  } as unknown as BatchProvider;
  return { results: createBatchResults(provider), downloads };
}

test('the files of a batch are read once for all messages in it', async () => {
  const { results, downloads } = setup();
  await Promise.all([results('b'), results('b'), results('b')]);
  await results('b');
  expect(downloads).toEqual(['b']);
});

test('the batch that was not read for the longest time is forgotten first', async () => {
  const { results, downloads } = setup();
  for (const id of ['a', 'b', 'c', 'd', 'a', 'e', 'a', 'b']) await results(id);
  expect(downloads).toEqual(['a', 'b', 'c', 'd', 'e', 'b']);
});

test('what failed is read again, and a batch that runs is asked about again', async () => {
  const broken = setup();
  await expect(broken.results('broken')).rejects.toThrow('lost');
  expect(await broken.results('broken')).toMatchObject({ hasEnded: true });
  const running = setup([{ hasEnded: false }]);
  expect(await running.results('b')).toMatchObject({ hasEnded: false });
  expect(await running.results('b')).toMatchObject({ hasEnded: true });
});

test('a batch is asked about more and more seldom', () => {
  expect([1, 2, 3, 1_000].map((attempt) => pollDelayMs(attempt, 60_000))).toEqual([5_000, 7_500, 11_250, 60_000]);
  expect(pollDelayMs(1, 1_000)).toBe(1_000);
});
