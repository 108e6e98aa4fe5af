import type { Permit } from '../../../providers/limiter.ts';
import { createProcessLimiter } from '../../../providers/process-limiter.ts';
import { after, mostIn, never, passed, startWorker } from '../../support/limited-worker.ts';
import { seededRandom } from '../../support/seeded-random.ts';

describe('the limiter of a process', () => {
  beforeEach(() => jest.useFakeTimers());
  afterEach(() => jest.useRealTimers());

  it.each([
    [600, 3],
    [600, 60],
    [60, 300 / 10],
    [6_000, 30],
  ])('delivers %i requests a minute from a backlog although a poll takes %d ms', async (requestsPerMinute, pollMs) => {
    const limiter = createProcessLimiter({ rates: { requestsPerMinute }, maxConcurrency: 1_000 });
    const { uses, arrive } = startWorker({ limiter, pollMs: () => pollMs, pollers: 20 });
    arrive(requestsPerMinute * 2);
    await passed(90_000);
    const perMinute = ((uses.length - 1) / (uses.at(-1)! - uses[0]!)) * 60_000;
    expect(perMinute).toBeGreaterThan(requestsPerMinute * 0.98);
    expect(perMinute).toBeLessThanOrEqual(requestsPerMinute);
    expect(mostIn(60_000, uses)).toBeLessThanOrEqual(requestsPerMinute);
  });

  it.each([0, 1, 30_000, 600_000])('starts no burst when a backlog comes after %i ms of idleness', async (idleMs) => {
    const limiter = createProcessLimiter({ rates: { requestsPerMinute: 600 }, maxConcurrency: 50 });
    const { uses, arrive } = startWorker({ limiter });
    await passed(idleMs);
    arrive(300);
    await passed(40_000);
    expect(uses).toHaveLength(300);
    expect(mostIn(1_000, uses)).toBeLessThanOrEqual(11);
    expect(mostIn(90, uses)).toBe(1);
  });

  it.each(Array.from({ length: 20 }, (_, index) => index + 1))(
    'holds every second and minute with random arrivals and random polls (seed %i)',
    async (seed) => {
      const random = seededRandom(seed);
      const limiter = createProcessLimiter({
        rates: { requestsPerMinute: 600 },
        maxConcurrency: 5 + Math.floor(random() * 50),
      });
      const { uses, arrive } = startWorker({
        limiter,
        pollers: 1 + Math.floor(random() * 10),
        pollMs: () => (random() < 0.05 ? random() * 2_000 : random() * 50),
        callMs: random() * 2_000,
      });
      for (let i = 0; i < 60; i++) {
        arrive(random() < 0.3 ? Math.floor(random() * 60) : 1);
        await passed(random() < 0.1 ? random() * 20_000 : random() * 1_000);
      }
      expect(uses.length).toBeGreaterThan(100);
      expect(mostIn(1_000, uses)).toBeLessThanOrEqual(11);
      expect(mostIn(60_000, uses)).toBeLessThanOrEqual(600);
    },
  );

  it('holds every second at a high rate although all held permits are used at once after idleness', async () => {
    const limiter = createProcessLimiter({ rates: { requestsPerMinute: 6_000 }, maxConcurrency: 500 });
    const { uses, arrive } = startWorker({ limiter, pollers: 30 });
    await passed(60_000);
    expect(limiter.snapshot()).toMatchObject({ held: 10, inUse: 0 });
    arrive(2_000);
    await passed(30_000);
    expect(uses).toHaveLength(2_000);
    expect(mostIn(1_000, uses)).toBeLessThanOrEqual(1 + 109);
  });

  it.each([
    [3, 1],
    [600, 1],
    [1_800, 3],
    [60_000, 100],
  ])('at %i requests a minute lets %i permits wait unused', async (requestsPerMinute, held) => {
    const limiter = createProcessLimiter({ rates: { requestsPerMinute }, maxConcurrency: 1_000 });
    for (let i = 0; i < 200; i++) void limiter.acquire(never());
    await passed(120_000);
    expect(limiter.snapshot()).toMatchObject({ held, inUse: 0 });
  });

  it('told to start slowly without a rate lets one call out at first, then one more with each that ends, up to the concurrency', async () => {
    const limiter = createProcessLimiter({ maxConcurrency: 4, startSlowly: true });
    const permits: Permit[] = [];
    for (let i = 0; i < 20; i++) void limiter.acquire(never()).then((permit) => permits.push(permit));
    const end = async (count: number) => {
      for (const permit of permits.slice(ended, (ended += count))) {
        permit.use();
        permit.release();
      }
      await passed(1_000);
      return limiter.snapshot().held;
    };
    let ended = 0;
    await passed(1_000);
    expect(limiter.snapshot()).toMatchObject({ held: 1, inUse: 0, rates: {} });
    expect(await end(1)).toBe(2);
    expect(await end(2)).toBe(4);
    expect(await end(4)).toBe(4);
    expect(jest.getTimerCount()).toBe(0);
  });

  it('never has more calls running and permits held than the concurrency', async () => {
    const limiter = createProcessLimiter({ rates: { requestsPerMinute: 6_000 }, maxConcurrency: 4 });
    const { uses, arrive } = startWorker({ limiter, callMs: 60_000 });
    arrive(20);
    await passed(30_000);
    expect(uses).toHaveLength(4);
    expect(limiter.snapshot()).toMatchObject({ held: 0, inUse: 4 });
  });

  it('grants in the order of asking', async () => {
    const limiter = createProcessLimiter({ rates: { requestsPerMinute: 600 }, maxConcurrency: 10 });
    const order: number[] = [];
    for (const number of [1, 2, 3, 4]) {
      void limiter.acquire(never()).then((permit) => {
        order.push(number);
        permit.use();
      });
    }
    await passed(1_000);
    expect(order).toEqual([1, 2, 3, 4]);
  });

  it('gives an unused permit back to the next in line without costing a turn', async () => {
    const limiter = createProcessLimiter({ rates: { requestsPerMinute: 600 }, maxConcurrency: 10 });
    const unused = await limiter.acquire(never());
    let granted = false;
    void limiter.acquire(never()).then(() => (granted = true));
    await passed(10);
    expect(granted).toBe(false);
    unused.release();
    await passed(0);
    expect(granted).toBe(true);
  });

  it('counts a permit once, however often it is used and released', async () => {
    const limiter = createProcessLimiter({ rates: { requestsPerMinute: 600 }, maxConcurrency: 10 });
    const permit = await limiter.acquire(never());
    permit.use();
    permit.use();
    expect(limiter.snapshot()).toMatchObject({ held: 0, inUse: 1 });
    permit.release();
    permit.release();
    permit.use();
    expect(limiter.snapshot()).toMatchObject({ held: 0, inUse: 0 });
  });

  it('forgets who gives up waiting: with the reason, without a timer left, without a permit lost', async () => {
    const limiter = createProcessLimiter({ rates: { requestsPerMinute: 60 }, maxConcurrency: 10 });
    (await limiter.acquire(never())).use();
    const leaving = new AbortController();
    const reason = new Error('shutting down');
    const left = expect(limiter.acquire(leaving.signal)).rejects.toBe(reason);
    leaving.abort(reason);
    await left;
    expect(jest.getTimerCount()).toBe(0);
    await expect(limiter.acquire(leaving.signal)).rejects.toBe(reason);
    let granted = false;
    void limiter.acquire(never()).then(() => (granted = true));
    await passed(1_100);
    expect(granted).toBe(true);
  });

  it('sleeps through the interval with one timer', async () => {
    const limiter = createProcessLimiter({ rates: { requestsPerMinute: 6 }, maxConcurrency: 10 });
    for (let i = 0; i < 5; i++)
      void limiter.acquire(never()).then((permit) => {
        permit.use();
      });
    await passed(1);
    expect(jest.getTimerCount()).toBe(1);
  });
});

describe('a limiter that is told to pause', () => {
  beforeEach(() => jest.useFakeTimers());
  afterEach(() => jest.useRealTimers());

  it.each([undefined, 6_000])(
    'gives no permit until the longest pause is over, at %p requests a minute',
    async (rate) => {
      const limiter = createProcessLimiter({ rates: { requestsPerMinute: rate }, maxConcurrency: 10 });
      limiter.pauseFor(2_000);
      limiter.pauseFor(500);
      let granted = false;
      void limiter.acquire(never()).then(() => (granted = true));
      await passed(1_999);
      expect(granted).toBe(false);
      await passed(1);
      expect(granted).toBe(true);
    },
  );

  it('leaves alone who waits for it already: they wait longer', async () => {
    const limiter = createProcessLimiter({ rates: { requestsPerMinute: 600 }, maxConcurrency: 10 });
    (await limiter.acquire(never())).use();
    let granted = false;
    void limiter.acquire(never()).then(() => (granted = true));
    limiter.pauseFor(3_000);
    await passed(2_999);
    expect(granted).toBe(false);
    await passed(1);
    expect(granted).toBe(true);
  });

  it('catches nothing up afterwards', async () => {
    const limiter = createProcessLimiter({ rates: { requestsPerMinute: 600 }, maxConcurrency: 1_000 });
    const { uses, arrive } = startWorker({ limiter });
    arrive(100);
    await passed(1_000);
    limiter.pauseFor(5_000);
    await passed(9_000);
    expect(mostIn(1_000, uses)).toBeLessThanOrEqual(11);
  });
});

describe('a limiter of tokens', () => {
  beforeEach(() => jest.useFakeTimers());
  afterEach(() => jest.useRealTimers());

  /** Backlogged pollers whose calls say what they take two milliseconds after they began, and settle when they end. */
  function startCalls(options: {
    limiter: ReturnType<typeof createProcessLimiter>;
    reserved: () => number;
    taken?: (reserved: number) => number;
    pollMs?: number;
  }) {
    const { limiter, reserved, pollMs = 3, taken = (tokens: number) => tokens } = options;
    const calls: { at: number; tokens: number }[] = [];
    const poll = async () => {
      for (;;) {
        const permit = await limiter.acquire(never());
        await after(pollMs);
        permit.use();
        void (async () => {
          await after(2);
          const tokens = reserved();
          const reservation = await permit.reserveTokens(tokens, never());
          calls.push({ at: performance.now(), tokens: taken(tokens) });
          await after(400);
          reservation.settle(taken(tokens));
          permit.release();
        })();
      }
    };
    for (let i = 0; i < 10; i++) void poll();
    return calls;
  }
  /** Both in use, neither of which has said yet what it takes. */
  async function twoPermits(limiter: ReturnType<typeof createProcessLimiter>) {
    const first = await limiter.acquire(never());
    first.use();
    const asked = limiter.acquire(never());
    await passed(2_000);
    const second = await asked;
    second.use();
    return [first, second] as const;
  }
  type Calls = ReturnType<typeof startCalls>;
  const tokensIn = (windowMs: number, calls: Calls) =>
    mostIn(
      windowMs,
      calls.map(({ at }) => at),
      (index) => calls[index]!.tokens,
    );
  const tokensOf = (calls: Calls) => calls.reduce((sum, { tokens }) => sum + tokens, 0);

  it.each([
    ['calls of one size', () => 500],
    ['short and long ones', (random: () => number) => (random() < 0.8 ? 100 : 2_000)],
  ])('no minute sees more tokens, and nearly all are used: %s', async (_, size) => {
    const random = seededRandom(7);
    const limiter = createProcessLimiter({ rates: { tokensPerMinute: 60_000 }, maxConcurrency: 50 });
    const calls = startCalls({ limiter, reserved: () => size(random) });
    await passed(10 * 60_000);
    expect(tokensIn(60_000, calls)).toBeLessThanOrEqual(60_000);
    expect(tokensOf(calls)).toBeGreaterThan(10 * 60_000 * 0.95);
  });

  it('what was reserved and not taken is there for others', async () => {
    const limiter = createProcessLimiter({ rates: { tokensPerMinute: 60_000 }, maxConcurrency: 50 });
    const calls = startCalls({ limiter, reserved: () => 1_500, taken: () => 500 });
    await passed(5 * 60_000);
    expect(tokensOf(calls)).toBeGreaterThan(5 * 60_000 * 0.9);
    expect(tokensIn(60_000, calls)).toBeLessThanOrEqual(60_000);
  });

  it('polls that take 60 ms cost small calls no throughput', async () => {
    const limiter = createProcessLimiter({ rates: { tokensPerMinute: 600_000 }, maxConcurrency: 50 });
    const calls = startCalls({ limiter, reserved: () => 500, pollMs: 60 });
    await passed(2 * 60_000);
    expect(tokensOf(calls)).toBeGreaterThan(2 * 600_000 * 0.97);
    expect(tokensIn(1_000, calls)).toBeLessThanOrEqual(10_000 * 1.2);
  });

  it('one large call puts off the next permit for as long as its tokens take', async () => {
    const limiter = createProcessLimiter({ rates: { tokensPerMinute: 60_000 }, maxConcurrency: 50 });
    const permit = await limiter.acquire(never());
    permit.use();
    await permit.reserveTokens(10_000, never());
    let granted = false;
    void limiter.acquire(never()).then(() => (granted = true));
    await passed(9_500);
    expect(granted).toBe(false);
    await passed(3_000);
    expect(granted).toBe(true);
  });

  it('a call that ends without having reserved has taken nothing', async () => {
    const limiter = createProcessLimiter({ rates: { tokensPerMinute: 600 }, maxConcurrency: 50 });
    for (let i = 0; i < 100; i++) {
      const permit = await limiter.acquire(never());
      permit.use();
      permit.release();
    }
  });

  it('one that is too much for the minute waits, holding back who polls, until older ones have left it', async () => {
    const limiter = createProcessLimiter({ rates: { tokensPerMinute: 60_000 }, maxConcurrency: 50 });
    const [first, second] = await twoPermits(limiter);
    const reserved = await first.reserveTokens(59_000, never());
    let goesOut = false;
    void second.reserveTokens(2_000, never()).then(() => (goesOut = true));
    let granted = false;
    void limiter.acquire(never()).then(() => (granted = true));
    await passed(59_000);
    expect([goesOut, granted]).toEqual([false, false]);
    await passed(1_200);
    expect(goesOut).toBe(true);
    reserved.settle(59_000);
    await passed(5_000);
    expect(granted).toBe(true);
  });

  it('one that waits for its minute goes out as soon as another one gives back what it did not take', async () => {
    const limiter = createProcessLimiter({ rates: { tokensPerMinute: 60_000 }, maxConcurrency: 50 });
    const [first, second] = await twoPermits(limiter);
    const reserved = await first.reserveTokens(59_000, never());
    let goesOut = false;
    void second.reserveTokens(2_000, never()).then(() => (goesOut = true));
    await passed(100);
    expect(goesOut).toBe(false);
    reserved.settle(1_000);
    await passed(0);
    expect(goesOut).toBe(true);
  });

  it('one that is cancelled while it waits takes nothing', async () => {
    const limiter = createProcessLimiter({ rates: { tokensPerMinute: 60_000 }, maxConcurrency: 50 });
    const [first, second] = await twoPermits(limiter);
    await first.reserveTokens(59_000, never());
    const cancelled = new AbortController();
    const waiting = expect(second.reserveTokens(30_000, cancelled.signal)).rejects.toThrow('cancelled');
    cancelled.abort(new Error('cancelled'));
    await waiting;
    second.release();
    let granted = false;
    void limiter.acquire(never()).then(() => (granted = true));
    await passed(60_000);
    expect(granted).toBe(true);
  });

  it('one that is not made after all costs neither a turn nor tokens', async () => {
    const limiter = createProcessLimiter({
      rates: { requestsPerMinute: 60, tokensPerMinute: 600 },
      maxConcurrency: 50,
    });
    for (let i = 0; i < 100; i++) {
      const permit = await limiter.acquire(never());
      permit.use();
      permit.forgo();
      permit.release();
    }
    expect(limiter.takeUse()).toMatchObject({ requestsPerMinute: 0, tokensPerMinute: 0 });
  });

  it('do not hold back requests by their sizes where on average both limits fit', async () => {
    const random = seededRandom(5);
    const limiter = createProcessLimiter({
      rates: { requestsPerMinute: 200, tokensPerMinute: 20_000 },
      maxConcurrency: 50,
    });
    const calls = startCalls({ limiter, reserved: () => (random() < 0.8 ? 35 : 280) });
    await passed(60_000);
    expect(calls.length).toBeGreaterThan(200 * 0.98);
    await passed(9 * 60_000);
    expect(calls.length).toBeGreaterThan(2_000 * 0.98);
    expect(tokensIn(60_000, calls)).toBeLessThanOrEqual(20_000);
  });

  it('the tighter of two limits decides', async () => {
    const limiter = createProcessLimiter({
      rates: { requestsPerMinute: 60, tokensPerMinute: 60_000 },
      maxConcurrency: 50,
    });
    const calls = startCalls({ limiter, reserved: () => 100 });
    await passed(60_000);
    expect(calls.length).toBeGreaterThanOrEqual(59);
    expect(calls.length).toBeLessThanOrEqual(60);
  });
});
