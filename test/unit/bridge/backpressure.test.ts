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
  /** A visibility that shows everything takes two counts: one to name what has to be seen, one that sees it. */
  const settled = (open: number) => {
    backpressure.counted(open, true);
    backpressure.counted(open, true);
  };
  return { backpressure, clock, changes, start, settled };
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
  const { backpressure } = setup(10);
  backpressure.counted(10, true);
  expect(backpressure.tryTake()).toBe(false);
});

it('however far visibility is behind, what it does not show yet is counted on top', () => {
  const { backpressure, clock, start } = setup(1_000);
  start(100);
  for (let count = 0; count < 30; count += 1) {
    clock.now += 2_000;
    backpressure.counted(40, count === 0);
  }
  expect(backpressure.toBeSeen).toContain('message:t:100');
  expect(backpressure.estimate).toBe(140);
  backpressure.counted(100, true);
  expect(backpressure.estimate).toBe(100);
});

it('a count forgets the starts up to those that it has seen, and no later ones', () => {
  const { backpressure, start } = setup(1_000);
  start(5);
  backpressure.counted(0, true);
  start(3);
  expect(backpressure.toBeSeen).toEqual(['1', '2', '3', '4', '5'].map((id) => `message:t:${id}`));
  backpressure.counted(5, true);
  expect(backpressure.estimate).toBe(8);
  expect(backpressure.toBeSeen).toEqual(['6', '7', '8'].map((id) => `message:t:${id}`));
});

it('of many starts the last ones have to be seen, each once', () => {
  const { backpressure, start } = setup(1_000);
  start(100);
  backpressure.tryTake();
  backpressure.settle('opened', 'message:t:100');
  backpressure.counted(0, true);
  expect(backpressure.toBeSeen).toHaveLength(19);
  expect(backpressure.toBeSeen.at(-1)).toBe('message:t:100');
});

it('a start of which nobody knows whether it opened anything counts for a while, and is not waited for', () => {
  const { backpressure, start } = setup(10);
  start(10, 'unknown');
  backpressure.counted(0, true);
  expect(backpressure.toBeSeen).toEqual([]);
  expect(backpressure.estimate).toBe(10);
  backpressure.counted(0, true);
  expect(backpressure.estimate).toBe(0);
});

it('a workflow that visibility never shows does not stop the bridge for ever', () => {
  const { backpressure, clock, start } = setup(10);
  start(10);
  backpressure.counted(0, true);
  const countedInVain = (times: number) => {
    for (let i = 0; i < times; i += 1) {
      clock.now += 2_000;
      backpressure.counted(0, false);
    }
  };
  countedInVain(1);
  // As long as nothing can be counted, nothing is missed.
  clock.now += 3_600_000;
  countedInVain(143);
  expect(backpressure.paused).toBe(true);
  countedInVain(2);
  expect(backpressure.paused).toBe(false);
});

it('after a long time without a start a new one has the whole of it to be seen', () => {
  const { backpressure, clock, start } = setup(10);
  backpressure.counted(0, true);
  clock.now += 3_600_000;
  start(3);
  backpressure.counted(0, true);
  backpressure.counted(0, false);
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
