import { createBackpressure } from '../../../bridge/backpressure.ts';

function setup(maxOpen: number) {
  const clock = { now: 100_000 };
  const changes: boolean[] = [];
  const backpressure = createBackpressure({ maxOpen, now: () => clock.now, onPausedChange: (p) => changes.push(p) });
  let started = 0;
  const start = (count: number, end: 'opened' | 'unknown' = 'opened') => {
    for (let i = 0; i < count; i += 1) {
      expect(backpressure.tryTake()).toBe(true);
      backpressure.settle(end, `message:t:${String((started += 1))}`);
    }
  };
  const countedAll = (open: number) => {
    backpressure.counted(open, backpressure.toBeSeen.length);
  };
  /** Every two seconds a count that shows `seen` of what has to be seen, and nothing open. */
  const countedInVain = (seen: number, minutes: number) => {
    for (let i = 0; i < minutes * 30; i += 1) {
      clock.now += 2_000;
      backpressure.counted(0, seen);
    }
  };
  /** A visibility that shows everything takes two counts: one to name what has to be seen, one that sees it. */
  const settled = (open: number) => {
    countedAll(open);
    countedAll(open);
  };
  return { backpressure, clock, changes, start, countedAll, countedInVain, settled };
}

it('pauses at the limit and counts starts that are still under way', () => {
  const { backpressure, changes } = setup(2);
  expect([backpressure.tryTake(), backpressure.tryTake(), backpressure.tryTake()]).toEqual([true, true, false]);
  expect(changes).toEqual([true]);
});

it('a start that opened nothing gives its right back', () => {
  const { backpressure } = setup(10);
  backpressure.tryTake();
  backpressure.settle('not-opened', 'message:t:1');
  expect(backpressure.estimate).toBe(0);
});

it('workflows that were open before count', () => {
  const { backpressure, countedAll } = setup(10);
  countedAll(10);
  expect(backpressure.tryTake()).toBe(false);
});

it('however far visibility is behind, what it does not show yet is counted on top', () => {
  const { backpressure, clock, start, countedAll } = setup(1_000);
  start(100);
  for (let count = 0; count < 30; count += 1) {
    clock.now += 2_000;
    backpressure.counted(40, 0);
  }
  expect(backpressure.toBeSeen).toContain('message:t:100');
  expect(backpressure.estimate).toBe(140);
  countedAll(100);
  expect(backpressure.estimate).toBe(100);
});

it('a count forgets the starts up to those that it has seen, and no later ones', () => {
  const { backpressure, start, countedAll } = setup(1_000);
  start(5);
  countedAll(0);
  start(3);
  expect(backpressure.toBeSeen).toEqual(['1', '2', '3', '4', '5'].map((id) => `message:t:${id}`));
  countedAll(5);
  expect(backpressure.estimate).toBe(8);
  expect(backpressure.toBeSeen).toEqual(['6', '7', '8'].map((id) => `message:t:${id}`));
});

it('of many starts the last ones have to be seen, each once', () => {
  const { backpressure, start, countedAll } = setup(1_000);
  start(100);
  backpressure.tryTake();
  backpressure.settle('opened', 'message:t:100');
  countedAll(0);
  expect(backpressure.toBeSeen).toHaveLength(19);
  expect(backpressure.toBeSeen.at(-1)).toBe('message:t:100');
});

it('a start of which nobody knows whether it opened anything counts for a while, and is not waited for', () => {
  const { backpressure, start, countedAll } = setup(10);
  start(10, 'unknown');
  countedAll(0);
  expect(backpressure.toBeSeen).toEqual([]);
  expect(backpressure.estimate).toBe(10);
  countedAll(0);
  expect(backpressure.estimate).toBe(0);
});

it('a workflow that is never shown beside others that are does not stop the bridge for ever', () => {
  const { backpressure, clock, start, countedAll, countedInVain } = setup(10);
  start(10);
  countedAll(0);
  backpressure.counted(0, 9);
  // As long as nothing can be counted, nothing is missed.
  clock.now += 3_600_000;
  countedInVain(9, 4.8);
  expect(backpressure.paused).toBe(true);
  countedInVain(9, 0.2);
  expect(backpressure.paused).toBe(false);
});

it('while visibility shows none of the last starts the bridge stays at its limit, for hours', () => {
  const { backpressure, start, countedAll, countedInVain } = setup(10);
  start(10);
  countedAll(0);
  countedInVain(0, 180);
  expect(backpressure.estimate).toBe(10);
  countedAll(4);
  expect(backpressure.estimate).toBe(4);
});

it('a visibility that has stood still has five minutes from the last workflow it came to show', () => {
  const { backpressure, start, countedAll, countedInVain } = setup(10);
  start(10);
  countedAll(0);
  countedInVain(0, 4.9);
  countedInVain(5, 4.9);
  countedInVain(8, 4.9);
  expect(backpressure.paused).toBe(true);
});

it('where none of those waited for is ever shown, later starts tell whether visibility stands still', () => {
  const { backpressure, start, countedAll, countedInVain } = setup(10);
  start(1);
  countedAll(0);
  start(5);
  countedInVain(0, 5);
  expect(backpressure.estimate).toBe(6);
  expect(backpressure.toBeSeen).toHaveLength(6);
  countedInVain(5, 5);
  expect(backpressure.estimate).toBe(6);
  countedInVain(5, 0.1);
  expect(backpressure.estimate).toBe(0);
});

it('after a long time without a start a new one has the whole of it to be seen', () => {
  const { backpressure, clock, start, countedAll } = setup(10);
  countedAll(0);
  clock.now += 3_600_000;
  start(3);
  countedAll(0);
  backpressure.counted(0, 0);
  expect(backpressure.estimate).toBe(3);
});

it('resumes below 80 %, once', () => {
  const { backpressure, changes, start, settled } = setup(100);
  start(100);
  expect(backpressure.paused).toBe(true);
  settled(80);
  expect(changes).toEqual([true]);
  settled(79);
  settled(70);
  expect(changes).toEqual([true, false]);
});

it('a limit of one lets one after the other through', () => {
  const { changes, start, settled } = setup(1);
  start(1);
  settled(0);
  start(1);
  expect(changes).toEqual([true, false, true]);
});
