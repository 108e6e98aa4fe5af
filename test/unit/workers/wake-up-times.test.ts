import { createWakeUpTimes } from '../../../workers/wake-up-times.ts';
import { seededRandom } from '../../support/seeded-random.ts';

const MIDNIGHT = Date.parse('2026-11-26T00:00:00Z');

describe('messages that were parked go on', () => {
  test('within half a minute after midnight where there are few', () => {
    const wakeUpAt = createWakeUpTimes();
    for (let message = 0; message < 10; message++) {
      const at = wakeUpAt(MIDNIGHT);
      expect(at).toBeGreaterThan(MIDNIGHT + 1_999);
      expect(at).toBeLessThan(MIDNIGHT + 33_000);
    }
  });

  test('some tens a second where there are many, those first that have waited longest', () => {
    const wakeUpAt = createWakeUpTimes(seededRandom(1));
    const times = Array.from({ length: 20_000 }, () => wakeUpAt(MIDNIGHT));
    const inSecond = new Map<number, number>();
    for (const at of times) inSecond.set(Math.floor(at / 1_000), (inSecond.get(Math.floor(at / 1_000)) ?? 0) + 1);
    expect(Math.max(...inSecond.values())).toBeLessThan(100);
    expect(Math.max(...times.slice(0, 1_000))).toBeLessThan(Math.min(...times.slice(-1_000)));
  });

  test('counted anew for each day', () => {
    const wakeUpAt = createWakeUpTimes();
    for (let message = 0; message < 10_000; message++) wakeUpAt(MIDNIGHT);
    expect(wakeUpAt(MIDNIGHT + 86_400_000)).toBeLessThan(MIDNIGHT + 86_400_000 + 33_000);
  });
});
