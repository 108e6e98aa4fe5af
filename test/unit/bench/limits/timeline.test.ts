import type { Clock } from '../../../../bench/clock.ts';
import { repeated, runTimeline } from '../../../../bench/limits/timeline.ts';

/** A clock that moves by its sleeps and by what an event takes. */
function setup() {
  let now = 5_000;
  const ran: string[] = [];
  const clock: Clock = {
    now: () => now,
    sleep: async (ms) => {
      now += ms;
    },
  };
  const event =
    (name: string, takesMs = 0) =>
    () => {
      ran.push(`${name} at ${String((now - 5_000) / 1_000)}`);
      now += takesMs;
    };
  return { clock, event, ran };
}

test('each event runs at its time, whatever the order they are given in', async () => {
  const { clock, event, ran } = setup();
  const events = [
    { atSecond: 30, run: event('end') },
    { atSecond: 2.5, run: event('first') },
    { atSecond: 10, run: event('second') },
  ];
  await runTimeline(events, { clock, startedAt: 5_000 });
  expect(ran).toEqual(['first at 2.5', 'second at 10', 'end at 30']);
});

test('one that takes long makes the next late, but not those after it', async () => {
  const { clock, event, ran } = setup();
  const events = [
    { atSecond: 1, run: event('slow', 3_000) },
    { atSecond: 2, run: event('late') },
    { atSecond: 6, run: event('on time') },
  ];
  await runTimeline(events, { clock, startedAt: 5_000 });
  expect(ran).toEqual(['slow at 1', 'late at 4', 'on time at 6']);
});

test('a repeated event comes every so many seconds, and not at the end', () => {
  const times = (everySeconds: number, end: number) =>
    repeated(everySeconds, end, () => undefined).map(({ atSecond }) => atSecond);
  expect(times(30, 120)).toEqual([30, 60, 90]);
  expect(times(30, 100)).toEqual([30, 60, 90]);
  expect(times(30, 30)).toEqual([]);
});
