import { delayBeforeNextBatchMs, refuseBeyondHistory } from '../../../workflows/batch-rounds.ts';

const HOUR = 3_600_000;
/** Where the server ends a run, and what a round of the largest requests adds: its input, twice. */
const SERVER_LIMIT = 50_000_000;
const LARGEST_ROUND = 2 * 320 * 1024;

const failureOf = (historyBytes: number) => {
  try {
    refuseBeyondHistory(historyBytes, { attempts: 70, because: 'the batch has no answer (failed)' });
    return undefined;
  } catch (error) {
    return error;
  }
};

test('batches that fail are tried again after 1 s, 4 s and so on up to an hour', () => {
  const delays = [0, 1, 2, 5, 6, 1_000].map((round) => delayBeforeNextBatchMs(round, 100_000));
  expect(delays).toEqual([1_000, 4_000, 16_000, 1_024_000, HOUR, HOUR]);
});

test('the largest requests can fail for two weeks, and end as a dead letter before the server ends their run', () => {
  let historyBytes = 0;
  let waitedMs = 0;
  for (let round = 0; failureOf(historyBytes) === undefined; round += 1) {
    waitedMs += delayBeforeNextBatchMs(round, historyBytes);
    historyBytes += LARGEST_ROUND;
    expect(historyBytes).toBeLessThan(SERVER_LIMIT - 2 * LARGEST_ROUND);
  }
  expect(waitedMs).toBeGreaterThan(14 * 24 * HOUR);
  expect(failureOf(historyBytes)).toMatchObject({
    ...{ type: 'Provider.AttemptsExhausted', nonRetryable: true, details: [{ attempts: 70 }] },
    message: expect.stringContaining('the batch has no answer (failed)') as string,
  });
});
