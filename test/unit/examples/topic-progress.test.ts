import { createTopicProgress } from '../../../examples/topic-progress.ts';

const batch = (partition: number, lastOffset: bigint, highWatermark = lastOffset + 1n) => ({
  partition,
  lastOffset,
  highWatermark,
});

test('a topic without records is read from the start', () => {
  expect(createTopicProgress(new Map([[0, -1n]])).caughtUp()).toBe(true);
});

test('the topic is read when every partition reached its end at start', () => {
  const progress = createTopicProgress(new Map([[0, 4n], [1, 0n], [2, -1n]])); // prettier-ignore
  progress.advance(batch(0, 4n));
  expect(progress.caughtUp()).toBe(false);
  progress.advance(batch(1, 9n));
  expect(progress.caughtUp()).toBe(true);
});

test('records read again after an outage are old, those behind them new', () => {
  const progress = createTopicProgress(new Map([[0, 4n]]));
  expect(progress.advance(batch(0, 4n))).toBe(0n);
  expect(progress.advance(batch(0, 2n, 7n))).toBe(5n);
  expect(progress.advance(batch(0, 6n, 7n))).toBe(5n);
  expect(progress.advance(batch(0, 7n, 8n))).toBe(7n);
});

test('a topic created anew is read from its beginning', () => {
  const progress = createTopicProgress(new Map([[0, 9n]]));
  progress.advance(batch(0, 9n));
  expect(progress.advance(batch(0, 1n, 2n))).toBe(0n);
});
