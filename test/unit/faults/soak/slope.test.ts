import { meanSlope, memorySlopes, slope } from '../../../../faults/soak/slope.ts';

const MINUTE_MS = 60_000;
const aLife = (process: string, options: { minutes: number; bytesAt: (minute: number) => number }) =>
  Array.from({ length: options.minutes + 1 }, (_, minute) => ({
    ...{ at: minute * MINUTE_MS, process, handles: 10, loopDelayMs: 1 },
    rssBytes: options.bytesAt(minute),
  }));

test('the line through points that lie on one has its slope', () => {
  expect(
    slope([
      [0, 5],
      [2, 9],
      [4, 13],
    ]),
  ).toBe(2);
  expect(slope([[1, 1]])).toBe(0);
});

test('what a process takes to warm up is no leak', () => {
  const [life] = memorySlopes(aLife('llm-1', { minutes: 20, bytesAt: (minute) => (minute < 3 ? minute * 1e8 : 3e8) }));
  expect(life?.bytesPerHour).toBeCloseTo(0);
});

test('a megabyte a minute is 60 an hour, and each life counts by its length', () => {
  const slopes = memorySlopes([
    ...aLife('bridge-1', { minutes: 13, bytesAt: (minute) => minute * 1e6 }),
    ...aLife('bridge-2', { minutes: 33, bytesAt: () => 1e8 }),
    ...aLife('bridge-3', { minutes: 5, bytesAt: (minute) => minute * 1e9 }),
  ]);
  expect(slopes.map(({ process, bytesPerHour }) => [process, Math.round(bytesPerHour)])).toEqual([
    ['bridge-1', 60e6],
    ['bridge-2', 0],
  ]);
  expect(meanSlope(slopes)).toBeCloseTo((60e6 * 10) / 40);
  expect(meanSlope([])).toBeUndefined();
});
