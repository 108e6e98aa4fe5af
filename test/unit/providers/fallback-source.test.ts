import { createFallbackSource, type FallbackLane } from '../../../providers/fallback-source.ts';
import type { RateLimits } from '../../../contracts/rate-budget.ts';
import type { Permit } from '../../../providers/limiter.ts';
import { never, passed } from '../../support/limited-worker.ts';

const MAX_WAIT_MS = 1_000;

beforeEach(() => jest.useFakeTimers());
afterEach(() => jest.useRealTimers());

/** A lane that gives permits when told, and says what became of them. */
function fakeLane(name: string) {
  const waiting: { grant: (permit: Permit) => void; signal: AbortSignal }[] = [];
  const log: string[] = [];
  const onShut: (() => void)[] = [];
  let isShut = false;
  const state = { held: 0, rates: {} as RateLimits };
  const permit = (): Permit => ({
    use: () => log.push('used'),
    reserveTokens: async () => ({ settle: () => undefined }),
    forgo: () => log.push('forgone'),
    release: () => log.push('released'),
  });
  const lane: FallbackLane = {
    acquire: (signal) =>
      new Promise((grant, reject) => {
        waiting.push({ grant, signal });
        signal.addEventListener('abort', () => {
          reject(signal.reason as Error);
        });
      }),
    whenShut: (signal) =>
      new Promise((resolve, reject) => {
        if (isShut) resolve();
        onShut.push(resolve);
        signal.addEventListener('abort', () => {
          reject(signal.reason as Error);
        });
      }),
    callWith: (held) => ({
      name,
      complete: () => Promise.reject(new Error('not called')),
      forgo: () => {
        held.forgo();
      },
      end: () => {
        held.release();
      },
    }),
    snapshot: () => ({ held: state.held, inUse: 0, rates: state.rates }),
  };
  return {
    lane,
    state,
    log,
    /** Those that still wait for a permit of it. */
    waiting: () => waiting.filter(({ signal }) => !signal.aborted).length,
    async grant() {
      waiting.shift()?.grant(permit());
      await passed(0);
    },
    async grantToAll() {
      for (const { grant } of waiting.splice(0)) grant(permit());
      await passed(0);
    },
    async shut() {
      isShut = true;
      for (const tell of onShut.splice(0)) tell();
      await passed(0);
    },
  };
}

function setUp() {
  const [main, spare, last] = [fakeLane('main'), fakeLane('spare'), fakeLane('last')];
  const source = createFallbackSource([main.lane, spare.lane, last.lane], { maxWaitMs: MAX_WAIT_MS });
  return { main, spare, last, source };
}

test('a permit of the first lane is all that is asked for while it gives them in time', async () => {
  const { main, spare, source } = setUp();
  const acquired = source.acquire(never());
  await passed(MAX_WAIT_MS - 1);
  await main.grant();
  const call = source.callWith(await acquired);
  expect(call.name).toBe('main');
  expect(call.degraded).toBeUndefined();
  await passed(10 * MAX_WAIT_MS);
  expect([spare.waiting(), jest.getTimerCount()]).toEqual([0, 0]);
});

test('a lane that is shut, or shuts while somebody waits, is passed over at once, and its successor’s calls are marked', async () => {
  const { main, spare, last, source } = setUp();
  const acquired = source.acquire(never());
  await main.shut();
  expect([spare.waiting(), last.waiting()]).toEqual([1, 0]);
  await spare.shut();
  await last.grant();
  expect(source.callWith(await acquired)).toMatchObject({ name: 'last', degraded: true });

  void source.acquire(never());
  await passed(0);
  expect(last.waiting()).toBe(1);
});

test('a lane that is late is waited for as long as said, and by nobody else until it gives a permit', async () => {
  const { main, spare, source } = setUp();
  const acquired = source.acquire(never());
  await passed(MAX_WAIT_MS - 1);
  expect(spare.waiting()).toBe(0);
  await passed(1);
  await spare.grant();
  const permit = await acquired;
  permit.use();
  expect(source.callWith(permit).degraded).toBe(true);
  expect([spare.log, main.waiting()]).toEqual([['used'], 0]);

  const next = source.acquire(never());
  await passed(0);
  expect([main.waiting(), spare.waiting()]).toEqual([1, 1]);
  await main.grantToAll();
  expect(source.callWith(await next).name).toBe('main');
  void source.acquire(never());
  await passed(MAX_WAIT_MS - 1);
  expect([main.waiting(), spare.waiting()]).toEqual([1, 0]);
});

test.each([
  ['a permit of it waits for work', { held: 1, rates: {} }],
  ['others have its limits, and use them', { held: 0, rates: { requestsPerMinute: 0 } }],
])('a lane is not late while %s, however long that takes', async (_, why) => {
  const { main, spare, source } = setUp();
  Object.assign(main.state, why);
  void source.acquire(never());
  void source.acquire(never());
  await passed(10 * MAX_WAIT_MS);
  expect([main.waiting(), spare.waiting()]).toEqual([2, 0]);
  Object.assign(main.state, { held: 0, rates: {} });
  await passed(MAX_WAIT_MS);
  expect(spare.waiting()).toBe(2);
  // Late, and then with a permit out again.
  main.state.held = 1;
  void source.acquire(never());
  await passed(MAX_WAIT_MS);
  expect(spare.waiting()).toBe(2);
});

test('a permit that nobody has used is exchanged as soon as an earlier lane gives one', async () => {
  const { main, spare, source } = setUp();
  const acquired = source.acquire(never());
  await main.shut();
  await spare.grant();
  const permit = await acquired;
  expect(source.callWith(permit).name).toBe('spare');
  await main.grant();
  expect(spare.log).toEqual(['released']);
  const call = source.callWith(permit);
  expect([call.name, call.degraded]).toEqual(['main', undefined]);
  permit.use();
  call.end();
  expect(main.log).toEqual(['used', 'released']);
});

test.each(['use', 'release'] as const)(
  'after its %s a permit is never exchanged: what comes goes back',
  async (act) => {
    const { main, spare, source } = setUp();
    const acquired = source.acquire(never());
    await main.shut();
    await spare.grant();
    const permit = await acquired;
    const underWay = main.grantToAll();
    permit[act]();
    await underWay;
    expect(source.callWith(permit).name).toBe('spare');
    expect([spare.log, main.log]).toEqual([[`${act}d`], ['released']]);
  },
);

test('of permits that come together the best is kept, and the others go back unused', async () => {
  const { main, spare, last, source } = setUp();
  const acquired = source.acquire(never());
  await passed(2 * MAX_WAIT_MS);
  void spare.grantToAll();
  void last.grantToAll();
  await main.grantToAll();
  expect(source.callWith(await acquired).name).toBe('main');
  expect([main.log, spare.log, last.log]).toEqual([[], ['released'], ['released']]);
});

test('given up, it waits for no lane any more', async () => {
  const { main, spare, source } = setUp();
  const giveUp = new AbortController();
  const acquired = source.acquire(giveUp.signal);
  await main.shut();
  giveUp.abort(new Error('enough'));
  await expect(acquired).rejects.toThrow('enough');
  await expect(source.acquire(giveUp.signal)).rejects.toThrow('enough');
  expect([main.waiting(), spare.waiting(), jest.getTimerCount()]).toEqual([0, 0, 0]);
});
