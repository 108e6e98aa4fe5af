import type { RateLimits } from '../../../contracts/rate-budget.ts';
import { createProcessLimiter } from '../../../providers/process-limiter.ts';
import { mostIn, never, passed, startWorker } from '../../support/limited-worker.ts';
import { seededRandom } from '../../support/seeded-random.ts';

/** Workers with equal shares, idle so far, whose leases are renewed every second. */
function workersInTurns(
  count: number,
  { pollMs = 40, limits = {}, tokens = () => 0 }: { pollMs?: number; limits?: RateLimits; tokens?: () => number } = {},
): ReturnType<typeof startWorker>[] {
  const random = seededRandom(count);
  return Array.from({ length: count }, (_, index) => {
    const limiter = createProcessLimiter({ rates: { requestsPerMinute: 0 }, maxConcurrency: 1_000 });
    const renew = () => {
      limiter.setRates({ requestsPerMinute: 600, ...limits }, { share: 1 / count, phase: index / count });
    };
    renew();
    setInterval(renew, 1_000);
    return startWorker({ limiter, pollMs: () => random() * pollMs, tokens });
  });
}
const callsOf = (workers: readonly ReturnType<typeof startWorker>[]) =>
  workers.flatMap(({ uses }) => uses).sort((a, b) => a - b);

describe('limiters with shares of one limit', () => {
  beforeEach(() => jest.useFakeTimers());
  afterEach(() => jest.useRealTimers());

  it.each([2, 3, 6, 10])(
    'of %d processes call in turns: together no second sees more than one process would',
    async (n) => {
      const workers = workersInTurns(n);
      for (const { arrive } of workers) {
        arrive(100_000);
        await passed(130);
      }
      await passed(120_000);
      const calls = callsOf(workers);
      expect(mostIn(1_000, calls)).toBeLessThanOrEqual(11);
      expect(mostIn(60_000, calls)).toBeLessThanOrEqual(600);
      expect(calls.length).toBeGreaterThanOrEqual(0.98 * 1_200);
    },
  );

  it('send evenly, however long each poll takes up to a seventh of a second', async () => {
    const workers = workersInTurns(3, { pollMs: 140 });
    for (const { arrive } of workers) arrive(100_000);
    await passed(60_000);
    const calls = callsOf(workers).slice(10);
    expect(mostIn(90, calls)).toBe(1);
    expect(mostIn(995, calls)).toBe(10);
    expect(calls.length).toBeGreaterThanOrEqual(0.99 * 590);
  });

  it('keep to their turns, also where one has to wait for its tokens', async () => {
    const random = seededRandom(5);
    const tokens = () => (random() < 0.2 ? 300 : 34);
    const workers = workersInTurns(6, { limits: { tokensPerMinute: 60_000 }, tokens });
    for (const { arrive } of workers) arrive(100_000);
    await passed(600_000);
    const calls = callsOf(workers).slice(100);
    expect(calls.length).toBeGreaterThanOrEqual(0.95 * 5_900);
    expect(mostIn(1_000, calls)).toBeLessThanOrEqual(11);
  });

  it('that were all idle begin together, and are in turns from the next call on', async () => {
    const workers = workersInTurns(6);
    await passed(9_050);
    for (const { arrive } of workers) arrive(1_000);
    await passed(10_000);
    const calls = callsOf(workers);
    expect(mostIn(100, calls)).toBe(6);
    expect(mostIn(1_000, calls)).toBeLessThanOrEqual(11);
  });

  it('do not make one that has everything wait for a turn', async () => {
    const limiter = createProcessLimiter({ rates: { requestsPerMinute: 0 }, maxConcurrency: 1_000 });
    const { uses, arrive } = startWorker({ limiter });
    await passed(37);
    limiter.setRates({ requestsPerMinute: 600 });
    arrive(10);
    const before = performance.now();
    await passed(200);
    expect(uses[0]).toBeLessThan(before + 170);
  });

  it('give no permit without a share, and are busy then', async () => {
    const limiter = createProcessLimiter({ rates: { requestsPerMinute: 0 }, maxConcurrency: 10 });
    const { uses, arrive } = startWorker({ limiter });
    arrive(100);
    await passed(5_000);
    expect(uses).toEqual([]);
    expect(limiter.takeUse().busy).toBe(1);
    limiter.setRates({ requestsPerMinute: 600 });
    await passed(5_000);
    expect(uses.length).toBeGreaterThanOrEqual(49);
  });

  it('are as busy as their share keeps back calls', async () => {
    const limiter = createProcessLimiter({ rates: { requestsPerMinute: 300 }, maxConcurrency: 10 });
    const { arrive } = startWorker({ limiter, callMs: 10 });
    await passed(10_000);
    expect(limiter.takeUse().busy).toBe(0);
    // Two a second where five may be; what a late call may catch up keeps nothing back.
    for (let second = 0; second < 10; second++) {
      arrive(1);
      await passed(500);
      arrive(1);
      await passed(500);
    }
    const busy = limiter.takeUse().busy;
    expect(busy).toBeGreaterThan(0.2);
    expect(busy).toBeLessThan(0.45);
    arrive(1_000);
    await passed(10_000);
    expect(limiter.takeUse().busy).toBeCloseTo(1, 1);
  });

  it.each([600, 60])(
    'lose no call to shares that change a little every second, at %d a minute',
    async (requestsPerMinute) => {
      const random = seededRandom(3);
      const limiter = createProcessLimiter({ rates: { requestsPerMinute }, maxConcurrency: 1_000 });
      const third = () => ({ requestsPerMinute: (requestsPerMinute / 3) * (0.995 + random() / 100) });
      setInterval(() => {
        limiter.setRates(third());
      }, 1_000);
      const { uses, arrive } = startWorker({ limiter });
      arrive(100_000);
      await passed(10 * 60_000);
      expect(uses.length).toBeGreaterThan(((requestsPerMinute * 10) / 3) * 0.98);
    },
  );

  it('go on at once with a smaller share although the last minute was used with a larger one', async () => {
    const limiter = createProcessLimiter({ rates: { tokensPerMinute: 60_000 }, maxConcurrency: 1_000 });
    let taken = 0;
    const call = async () => {
      const permit = await limiter.acquire(never());
      permit.use();
      await permit.reserveTokens(500, never());
      taken += 500;
      permit.release();
      void call();
    };
    void call();
    await passed(120_000);
    const before = taken;
    limiter.setRates({ tokensPerMinute: 60_000 }, { share: 0.5 });
    await passed(15_000);
    expect(taken - before).toBeGreaterThan(15 * 500 * 0.9);
  });

  it('do not wait at a large rate for what was owed at a small one', async () => {
    const limiter = createProcessLimiter({ rates: { requestsPerMinute: 1 }, maxConcurrency: 1_000 });
    const { uses, arrive } = startWorker({ limiter });
    arrive(100);
    await passed(200);
    expect(uses).toHaveLength(1);
    limiter.setRates({ requestsPerMinute: 600 });
    await passed(1_000);
    expect(uses.length).toBeGreaterThan(8);
  });

  it('take a share that is what rounding left over for none, and go on when they get one', async () => {
    const limiter = createProcessLimiter({ rates: { tokensPerMinute: 60_000 * 1e-16 }, maxConcurrency: 1_000 });
    const { uses, arrive } = startWorker({ limiter });
    arrive(10);
    await passed(60_000);
    expect(uses).toEqual([]);
    limiter.setRates({ tokensPerMinute: 20_000 });
    await passed(10);
    expect(uses.length).toBeGreaterThan(0);
  });

  it('take what a larger share lets through at once, and no more than a smaller one does', async () => {
    const limiter = createProcessLimiter({ rates: { requestsPerMinute: 60 }, maxConcurrency: 1_000 });
    const { uses, arrive } = startWorker({ limiter });
    arrive(10_000);
    await passed(10_000);
    const slow = uses.length;
    expect(slow).toBeLessThanOrEqual(12);
    limiter.setRates({ requestsPerMinute: 600 });
    await passed(10_000);
    const fast = uses.length - slow;
    expect(fast).toBeGreaterThanOrEqual(89);
    limiter.setRates({ requestsPerMinute: 60 });
    await passed(10_000);
    expect(uses.length - slow - fast).toBeLessThanOrEqual(12);
  });
});
