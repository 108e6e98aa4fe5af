import { createProcessLimiter } from '../../../providers/process-limiter.ts';
import { underCeiling } from '../../../providers/under-ceiling.ts';
import { never, passed, startWorker } from '../../support/limited-worker.ts';

beforeEach(() => jest.useFakeTimers({ now: 0 }));
afterEach(() => jest.useRealTimers());

const withRate = (requestsPerMinute: number) =>
  createProcessLimiter({ rates: { requestsPerMinute }, maxConcurrency: 100 });

test('two providers with room of their own make no more calls together than the ceiling lets through', async () => {
  const ceiling = withRate(600);
  const workers = [400, 900].map((rate) => startWorker({ limiter: underCeiling(withRate(rate), ceiling) }));
  for (const { arrive } of workers) arrive(10_000);
  await passed(60_000);
  const calls = workers.map(({ uses }) => uses.length);
  expect(calls[0]! + calls[1]!).toBeGreaterThan(590);
  expect(calls[0]! + calls[1]!).toBeLessThanOrEqual(601);
});

test('whoever waits for its provider holds nothing of the ceiling', async () => {
  const [stopped, ceiling] = [withRate(600), withRate(600)];
  stopped.pauseFor(1_000_000);
  void underCeiling(stopped, ceiling).acquire(never());
  await passed(1_000);
  expect(ceiling.snapshot().held).toBe(0);
});

test('given up while the ceiling makes it wait, the provider’s permit goes back', async () => {
  const [own, ceiling] = [withRate(600), withRate(600)];
  ceiling.pauseFor(1_000_000);
  const giveUp = new AbortController();
  const acquired = underCeiling(own, ceiling).acquire(giveUp.signal);
  await passed(1_000);
  expect(own.snapshot().held).toBe(1);
  giveUp.abort(new Error('enough'));
  await expect(acquired).rejects.toThrow('enough');
  expect(own.snapshot().held).toBe(0);
});

test('tokens are taken of both, and what was not needed goes back to both', async () => {
  const rates = { tokensPerMinute: 1_000 };
  const [own, ceiling] = [0, 1].map(() => createProcessLimiter({ rates, maxConcurrency: 100 }));
  const permit = await underCeiling(own!, ceiling!).acquire(never());
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
