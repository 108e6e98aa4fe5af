import type { Completion, CompletionRequest } from '../../../contracts/completion.ts';
import { createBreaker } from '../../../providers/breaker.ts';
import { createFallbackSource, type FallbackLane } from '../../../providers/fallback-source.ts';
import type { Limiter, Permit } from '../../../providers/limiter.ts';
import { createProviderCall } from '../../../providers/provider-call.ts';
import type { CallSource } from '../../../providers/provider-calls.ts';
import type { CompletionCall } from '../../../providers/provider.ts';
import { createProcessLimiter } from '../../../providers/process-limiter.ts';
import { underCeiling } from '../../../providers/under-ceiling.ts';
import { never, passed, startWorker } from '../../support/limited-worker.ts';

beforeEach(() => jest.useFakeTimers({ now: 0 }));
afterEach(() => jest.useRealTimers());

const withRate = (requestsPerMinute: number) =>
  createProcessLimiter({ rates: { requestsPerMinute }, maxConcurrency: 100 });
const sourceOf = (limiter: Limiter, name = 'p'): CallSource => ({
  acquire: (signal) => limiter.acquire(signal),
  snapshot: () => limiter.snapshot(),
  callWith: (_, counted) => {
    const provider = { name, complete: () => Promise.resolve({} as Completion) };
    return createProviderCall(provider, counted!, { counting: 'larger', perMinute: () => undefined });
  },
});

test('two providers with room of their own make no more calls together than the ceiling lets through', async () => {
  const ceiling = withRate(600);
  const workers = [400, 900].map((rate) => startWorker({ limiter: underCeiling(sourceOf(withRate(rate)), ceiling) }));
  for (const { arrive } of workers) arrive(10_000);
  await passed(60_000);
  const calls = workers.map(({ uses }) => uses.length);
  expect(calls[0]! + calls[1]!).toBeGreaterThan(590);
  expect(calls[0]! + calls[1]!).toBeLessThanOrEqual(601);
});

test('whoever waits for its provider holds nothing of the ceiling', async () => {
  const [stopped, ceiling] = [withRate(600), withRate(600)];
  stopped.pauseFor(1_000_000);
  void underCeiling(sourceOf(stopped), ceiling).acquire(never());
  await passed(1_000);
  expect(ceiling.snapshot().held).toBe(0);
});

test('given up while the ceiling makes it wait, the provider’s permit goes back', async () => {
  const [own, ceiling] = [withRate(600), withRate(600)];
  ceiling.pauseFor(1_000_000);
  const giveUp = new AbortController();
  const acquired = underCeiling(sourceOf(own), ceiling).acquire(giveUp.signal);
  await passed(1_000);
  expect(own.snapshot().held).toBe(1);
  giveUp.abort(new Error('enough'));
  await expect(acquired).rejects.toThrow('enough');
  expect(own.snapshot().held).toBe(0);
});

test('tokens are taken of both, and what was not needed goes back to both', async () => {
  const rates = { tokensPerMinute: 1_000 };
  const [own, ceiling] = [0, 1].map(() => createProcessLimiter({ rates, maxConcurrency: 100 }));
  const permit = await underCeiling(sourceOf(own!), ceiling!).acquire(never());
  permit.use();
  const reservation = await permit.reserveTokens(900, never());
  await passed(60_000);
  reservation.settle(300);
  permit.release();
  for (const limiter of [own!, ceiling!]) {
    expect(limiter.takeUse().tokensPerMinute).toBeCloseTo(300, 0);
    expect(limiter.snapshot()).toMatchObject({ held: 0, inUse: 0 });
  }
});

test('calls go back to the first provider also under a ceiling: a permit of the ceiling that waits keeps no better one from it', async () => {
  const ceiling = createProcessLimiter({
    rates: { requestsPerMinute: 900 },
    maxConcurrency: Infinity,
    boundsUnused: false,
  });
  const breaker = createBreaker({ limiter: withRate(600) });
  const lanes: FallbackLane[] = [
    { ...sourceOf(breaker, 'main'), whenShut: (signal) => breaker.whenShut(signal) },
    {
      ...sourceOf(createProcessLimiter({ maxConcurrency: 20 }), 'spare'),
      whenShut: () => new Promise(() => undefined),
    },
  ];
  const source = underCeiling(createFallbackSource(lanes, { maxWaitMs: 1_000 }), ceiling);
  const asked: string[] = [];
  const main = breaker.watch({ name: 'main', complete: () => Promise.resolve({} as Completion) });
  // As a worker's: one slot is asked for at a time, and what is granted waits for work.
  const open: Permit[] = [];
  let queued = 0;
  const call = async (permit: Permit) => {
    permit.use();
    const { name } = source.callWith(permit);
    asked.push(name);
    await permit.reserveTokens(10, never());
    if (name === 'main') await main.complete({} as CompletionRequest, {} as CompletionCall);
    permit.release();
  };
  const poll = async () => {
    for (;;) {
      const permit = await source.acquire(never());
      if (queued === 0) open.push(permit);
      else void call(permit);
      queued = Math.max(0, queued - 1);
    }
  };
  const arrive = () => {
    const permit = open.shift();
    if (permit === undefined) queued += 1;
    else void call(permit);
  };
  breaker.follow({ isPaused: false, open: { because: 'unavailable', probeInMs: 5_000 } });
  void poll();
  for (let message = 0; message < 60; message += 1) {
    arrive();
    await passed(500);
  }
  expect(asked.slice(0, 5)).toEqual(Array.from({ length: 5 }, () => 'spare'));
  // Since the probe, all of them.
  expect(breaker.state).toBe('closed');
  expect(asked.slice(-10)).toEqual(Array.from({ length: 10 }, () => 'main'));
});

test('a permit that waits for work keeps nobody else from the ceiling', async () => {
  const ceiling = createProcessLimiter({
    rates: { requestsPerMinute: 600 },
    maxConcurrency: Infinity,
    boundsUnused: false,
  });
  const [usual, forLongMessages] = [0, 1].map(() => underCeiling(sourceOf(withRate(600)), ceiling));
  await usual!.acquire(never());
  let isGranted = false;
  void forLongMessages!.acquire(never()).then(() => (isGranted = true));
  await passed(200);
  expect(isGranted).toBe(true);
});
