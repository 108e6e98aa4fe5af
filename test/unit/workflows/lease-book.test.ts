import type { Lease, LeaseRequest, RateBudgetState, RateLimits } from '../../../contracts/rate-budget.ts';
import { LeaseBook, shareOut } from '../../../workflows/lease-book.ts';

const LIMITS: RateLimits = { requestsPerMinute: 600 };
const gate = { isPaused: false };
const request = (worker: string, busy: number, limits = LIMITS): LeaseRequest => ({
  worker,
  limits,
  busy,
  used: { requestsPerMinute: 0, tokensPerMinute: 0 },
});

/** A book whose workers ask all at once, and what each of them got. */
function aBook(before?: Partial<RateBudgetState>) {
  const book = new LeaseBook(before);
  const round = async (now: number, busy: Readonly<Record<string, number>>, limits = LIMITS) => {
    const asking = Object.entries(busy).map(async ([worker, part]): Promise<[string, Lease]> => {
      return [worker, await book.ask(now, request(worker, part, limits))];
    });
    book.answer(now, { rates: limits, ceilings: limits }, () => gate);
    return Object.fromEntries(await Promise.all(asking)) as Record<string, Lease>;
  };
  return { book, round };
}
const total = (leases: Record<string, Lease>) => Object.values(leases).reduce((sum, { share }) => sum + share, 0);

describe('the book of leases', () => {
  it('gives one worker everything', async () => {
    const { round } = aBook();
    expect((await round(0, { a: 1 }))['a']).toEqual({
      share: 1,
      rates: LIMITS,
      ceilings: LIMITS,
      validMs: 2_600,
      askAgainInMs: 0,
      pauseMs: 0,
      gate,
    });
  });

  it('gives workers of equal demand equal shares and their turns, less the calls that idle workers have ready', async () => {
    const { round } = aBook();
    const { a, b, c } = await round(0, { c: 0, a: 0, b: 0 });
    expect([a?.phase, b?.phase, c?.phase]).toEqual([0, 1 / 3, 2 / 3]);
    for (const lease of [a, b, c]) expect(lease?.share).toBeCloseTo((1 - 2 / 600) / 3);
    expect(total(await round(1_000, { a: 1, b: 0, c: 1 }))).toBeCloseTo(1 - 1 / 600);
    expect(total(await round(2_000, { a: 1, b: 1, c: 1 }))).toBeCloseTo(1);
    expect(total(await round(3_000, { a: 0, b: 0, c: 0 }, { requestsPerMinute: 2 }))).toBeCloseTo(0.5);
    expect(total(await round(4_000, { a: 0, b: 0, c: 0 }, { tokensPerMinute: 1 }))).toBeCloseTo(1);
  });

  it('gives nobody what a worker still holds that does not ask, and everybody what it held when its lease has ended', async () => {
    const { round } = aBook();
    const first = await round(0, { a: 1, b: 1 });
    const held = first['b']!.share;
    expect(total(await round(1_000, { a: 1, c: 1 })) + held).toBeLessThanOrEqual(1);
    expect(total(await round(2_599, { a: 1, c: 1 })) + held).toBeLessThanOrEqual(1);
    expect(total(await round(2_600, { a: 1, c: 1 }))).toBeCloseTo(1);
  });

  it('gives at once what a worker had that left', async () => {
    const { book, round } = aBook();
    await round(0, { a: 1, b: 1 });
    const unanswered = book.ask(0, request('b', 1));
    book.leave('b');
    await expect(unanswered).resolves.toMatchObject({ share: 0 });
    expect(total(await round(1_000, { a: 1 }))).toBe(1);
  });

  it('goes on in the next run with what was held in the last one', async () => {
    const { book, round } = aBook();
    await round(0, { a: 1, b: 1 });
    const next = aBook(book.state);
    expect(total(await next.round(1_000, { c: 1 }))).toBeLessThan(0.01);
    expect(total(await next.round(2_600, { c: 1 }))).toBe(1);
  });

  it('lets nobody wait for the round when a worker comes or leaves', async () => {
    const { book, round } = aBook();
    const ask = (worker: string) => book.ask(0, request(worker, 1));
    void ask('a');
    expect(book.isUrgent).toBe(true);
    await round(0, { b: 1 });
    void ask('a');
    expect(book.isUrgent).toBe(false);
    book.leave('b');
    expect(book.isUrgent).toBe(true);
  });

  it('has longer rounds and leases where nobody is held back', async () => {
    const { book, round } = aBook();
    await round(0, { a: 0.01, b: 0 });
    void book.ask(0, request('a', 0));
    void book.ask(0, request('b', 0));
    expect(book.waitMs(0)).toBe(5_000);
    expect((await round(5_000, { a: 0, b: 0 }))['a']?.validMs).toBe(6_500);
    expect((await round(10_000, { a: 0.5, b: 0 }))['a']?.validMs).toBe(2_600);
    expect(book.waitMs(10_000)).toBe(2_000);
    const eight = Object.fromEntries(Array.from({ length: 8 }, (_, index) => [`w${String(index)}`, 0]));
    await round(20_000, eight);
    await round(40_000, eight);
    for (const worker of Object.keys(eight)) void book.ask(40_000, request(worker, 0));
    expect(book.waitMs(40_000)).toBe(5_000);
  });

  it('lets nobody wait through a quiet round when one is held back, and no lease end before its worker has it', async () => {
    const { book, round } = aBook();
    await round(0, { a: 0, b: 0 });
    const waited = book.ask(0, request('a', 0));
    expect(book.isUrgent).toBe(false);
    void book.ask(4_500, request('b', 1));
    expect(book.isUrgent).toBe(true);
    book.answer(4_500, { rates: LIMITS, ceilings: LIMITS }, () => gate);
    expect((await waited).validMs).toBe(2_600 + 4_500);
  });

  it('answers in time for the leases of a busy round, also when the next one is quiet', async () => {
    const { book, round } = aBook();
    const busy = await round(0, { a: 1, b: 1 });
    void book.ask(50, request('a', 0));
    void book.ask(50, request('b', 0));
    const waitMs = book.waitMs(50);
    expect(waitMs).toBeGreaterThan(1_900);
    expect(50 + waitMs).toBeLessThan(0.8 * busy['a']!.validMs);
    const quiet = await round(50 + waitMs, { a: 0, b: 0 });
    void book.ask(2_100, request('a', 0));
    void book.ask(2_100, request('b', 0));
    expect(book.waitMs(2_100)).toBeGreaterThan(4_900);
    expect(quiet['a']?.validMs).toBe(6_500);
  });

  it('shares anew as soon as the lease of one that does not ask has ended', async () => {
    const { book, round } = aBook();
    await round(0, { a: 1, b: 1 });
    await round(1_500, { a: 1 });
    void book.ask(1_500, request('a', 1));
    expect(book.waitMs(2_000)).toBe(600);
    // Rather a longer round than one that is over just before.
    expect(book.waitMs(300)).toBe(2_300);
    expect(book.waitMs(100)).toBe(2_000);
  });

  it('lets workers come in turns only where their shares are equal, each at its own place among all', async () => {
    const { round } = aBook();
    await round(0, { a: 1, b: 1, c: 1 });
    // The second does not ask in this round, and keeps its place.
    const { a, c } = await round(1_000, { a: 1, c: 1 });
    expect([a?.phase, c?.phase]).toEqual([0, 2 / 3]);
    const unequal = await round(2_000, { a: 1, b: 0.1, c: 1 });
    expect(Object.values(unequal).map(({ phase }) => phase)).toEqual([undefined, undefined, undefined]);
  });

  it('gives large calls to few workers, so that each part of the tokens holds enough of them, and the same ones in each round', async () => {
    const { book } = aBook();
    const limits = { tokensPerMinute: 60_000 };
    const round = async (now: number, workers: string[], tokensPerCall: number) => {
      const used = { requestsPerMinute: 10, tokensPerMinute: 10 * tokensPerCall };
      const leases = workers.map((worker) => book.ask(now, { ...request(worker, 1, limits), used }));
      book.answer(now, { rates: limits, ceilings: limits }, () => gate);
      return Promise.all(leases.map(async (lease) => ({ share: (await lease).share, phase: (await lease).phase })));
    };
    const third = expect.closeTo(1 / 3) as number;
    expect((await round(0, ['c', 'b', 'a'], 100)).map(({ share }) => share)).toEqual([third, third, third]);
    // 60 calls a minute in all: three parts.
    for (let now = 2_000; now < 300_000; now += 2_000) await round(now, ['c', 'b', 'a'], 1_000);
    expect((await round(300_000, ['c', 'b', 'a'], 1_000)).map(({ phase }) => phase)).toEqual([2 / 3, 1 / 3, 0]);
    for (let now = 302_000; now < 700_000; now += 2_000) await round(now, ['c', 'b', 'a'], 1_500);
    expect(await round(700_000, ['c', 'b', 'a'], 1_500)).toEqual([
      { share: 0, phase: undefined },
      { share: 0.5, phase: 0.5 },
      { share: 0.5, phase: 0 },
    ]);
    // Who has a part keeps it, whoever comes; what one has that left, another gets.
    expect((await round(702_000, ['c', 'b', 'a', '0'], 1_500)).map(({ share }) => share)).toEqual([0, 0.5, 0.5, 0]);
    book.leave('a');
    expect((await round(704_000, ['c', 'b', '0'], 1_500)).map(({ share }) => share)).toEqual([0, 0.5, 0.5]);
    // Rounds without a call say nothing of their size; the next run knows it as well.
    const next = aBook(book.state);
    const silent = await next.round(706_000, { b: 1, c: 1, d: 1 }, limits);
    expect(Object.values(silent).map(({ share }) => share)).toEqual([0.5, 0, 0]);
  });

  it('knows the lowest limit that is configured, and what all used', async () => {
    const { book, round } = aBook();
    await round(0, { a: 1 }, { requestsPerMinute: 900, tokensPerMinute: 5_000 });
    const used = { requestsPerMinute: 40, tokensPerMinute: 2 };
    void book.ask(0, { ...request('b', 1), used });
    expect(book.configured).toEqual({ requestsPerMinute: 600, tokensPerMinute: 5_000 });
    expect(book.used).toEqual(used);
  });

  it('never lets more than ten questions wait, however many workers there are, and shares equally among all', async () => {
    const { book, round } = aBook();
    const names = Array.from({ length: 20 }, (_, index) => `w${String(index).padStart(2, '0')}`);
    const group = (from: number) => Object.fromEntries(names.slice(from, from + 8).map((name) => [name, 1]));
    const leases = new Map<string, Lease>();
    for (let now = 0; now < 20_000; now += 500) {
      for (const [name, lease] of Object.entries(await round(now, group(((now / 500) % 3) * 8))))
        leases.set(name, lease);
      expect(total(Object.fromEntries(leases))).toBeLessThanOrEqual(1);
    }
    expect(total(Object.fromEntries(leases))).toBeCloseTo(1);
    expect(Math.min(...[...leases.values()].map(({ share }) => share))).toBeCloseTo(1 / 20);
    expect(leases.get('w00')?.askAgainInMs).toBe(10_000);
    for (const name of names.slice(0, 8)) void book.ask(0, request(name, 1));
    expect(book.isUrgent).toBe(true);
  });

  it('tells everybody at once of a pause, and how much of it is left; the longest counts', async () => {
    const { book, round } = aBook();
    book.pause(1_000, 5_000);
    book.hurry();
    expect(book.isUrgent).toBe(true);
    const { a, b } = await round(1_000, { a: 1, b: 1 });
    expect([a?.pauseMs, b?.pauseMs]).toEqual([5_000, 5_000]);
    expect(book.isUrgent).toBe(false);
    book.pause(2_000, 1_000);
    expect((await round(2_000, { a: 1 }))['a']?.pauseMs).toBe(4_000);
    const next = aBook(book.state);
    expect((await next.round(5_000, { a: 1 }))['a']?.pauseMs).toBe(1_000);
    expect((await next.round(7_000, { a: 1 }))['a']?.pauseMs).toBe(0);
  });

  it('answers a worker that asks again without waiting any longer for its first question', async () => {
    const { book } = aBook();
    const first = book.ask(0, request('a', 1));
    void book.ask(0, request('a', 1));
    await expect(first).resolves.toMatchObject({ share: 0, validMs: 0 });
    expect(book.asking).toBe(1);
  });
});

describe('sharing out', () => {
  const shares = (...busy: number[]) =>
    shareOut(
      1,
      busy.map((part, index) => ({ worker: String(index), busy: part, share: 1 / busy.length })),
    );

  it('leaves the hungry what the others do not use, and these some headroom', () => {
    const [idle, some, hungry] = shares(0, 0.4, 1);
    expect(idle).toBeCloseTo(0.1 / 3);
    expect(some).toBeCloseTo((0.4 / 3) * 2);
    expect(hungry).toBeCloseTo(1 - idle! - some!);
  });

  it('shares equally where nobody, or everybody, has use for more', () => {
    expect(shares(0, 0.3, 0.1)).toEqual([1 / 3, 1 / 3, 1 / 3]);
    expect(shares(1, 0.9, 1)).toEqual([1 / 3, 1 / 3, 1 / 3]);
  });
});
