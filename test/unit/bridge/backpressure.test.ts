import { createBackpressure } from '../../../bridge/backpressure.ts';

function setup(maxOpen: number) {
  const clock = { now: 100_000 };
  const changes: boolean[] = [];
  const backpressure = createBackpressure({ maxOpen, now: () => clock.now, onPausedChange: (p) => changes.push(p) });
  const start = (count: number) => {
    for (let i = 0; i < count; i += 1) {
      expect(backpressure.tryTake()).toBe(true);
      backpressure.settle(true);
    }
  };
  return { backpressure, clock, changes, start };
}

it('pauses at the limit and counts starts that are still under way', () => {
  const { backpressure, changes } = setup(2);
  expect([backpressure.tryTake(), backpressure.tryTake(), backpressure.tryTake()]).toEqual([true, true, false]);
  expect(changes).toEqual([true]);
});

it('a start that opened nothing gives its right back', () => {
  const { backpressure } = setup(10);
  backpressure.tryTake();
  backpressure.settle(false);
  expect(backpressure.estimate).toBe(0);
});

it('workflows that were open before count', () => {
  const { backpressure, clock } = setup(10);
  backpressure.counted(10, clock.now);
  expect(backpressure.tryTake()).toBe(false);
});

it('a count forgets only starts older than the margin, because visibility may not have seen the others', () => {
  const { backpressure, clock, start } = setup(1_000);
  start(100);
  clock.now += 2_999;
  backpressure.counted(40, clock.now);
  expect(backpressure.estimate).toBe(140);
  clock.now += 1;
  backpressure.counted(40, clock.now);
  expect(backpressure.estimate).toBe(40);
});

it('a count that was asked long before it came forgets by when it was asked', () => {
  const { backpressure, clock, start } = setup(1_000);
  start(5);
  clock.now += 2_000;
  const askedAt = clock.now;
  clock.now += 4_000;
  backpressure.counted(0, askedAt);
  expect(backpressure.estimate).toBe(5);
});

it('resumes below 80 %, once', () => {
  const { backpressure, clock, changes, start } = setup(100);
  start(100);
  expect(backpressure.paused).toBe(true);
  clock.now += 10_000;
  backpressure.counted(80, clock.now);
  expect(changes).toEqual([true]);
  backpressure.counted(79, clock.now);
  backpressure.counted(70, clock.now);
  expect(changes).toEqual([true, false]);
});

it('a limit of one lets one after the other through', () => {
  const { backpressure, clock, changes, start } = setup(1);
  start(1);
  clock.now += 10_000;
  backpressure.counted(0, clock.now);
  start(1);
  expect(changes).toEqual([true, false, true]);
});
