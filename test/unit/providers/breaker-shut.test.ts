import { createBreaker } from '../../../providers/breaker.ts';
import { createProcessLimiter } from '../../../providers/process-limiter.ts';
import { never, passed } from '../../support/limited-worker.ts';

beforeEach(() => jest.useFakeTimers());
afterEach(() => jest.useRealTimers());

test('who wants to know when a breaker gives no permits is told at once while it is open, and when it opens or is paused', async () => {
  const breaker = createBreaker({ limiter: createProcessLimiter({ maxConcurrency: 10 }) });
  await passed(10_000);
  const told: string[] = [];
  const tell = (name: string) => void breaker.whenShut(never()).then(() => told.push(name));
  tell('opens');
  await passed(60_000);
  expect(told).toEqual([]);
  breaker.follow({ isPaused: false, open: { because: 'unavailable', probeInMs: 5_000 } });
  tell('is open');
  await passed(0);
  expect(told.toSorted()).toEqual(['is open', 'opens']);

  // Its next permit is the probe: until somebody takes it, it is not shut.
  await passed(10_000);
  tell('is probed');
  await passed(0);
  expect(told).toHaveLength(2);
  await breaker.acquire(never());
  await passed(0);
  expect(told).toContain('is probed');

  const paused = createBreaker({ limiter: createProcessLimiter({ maxConcurrency: 10 }) });
  void paused.whenShut(never()).then(() => told.push('is paused'));
  await passed(0);
  expect(told).toHaveLength(3);
  paused.follow({ isPaused: true });
  await passed(0);
  expect(told).toContain('is paused');
});

test('an operator’s pause holds back the calls, too, whose permits were out before it', async () => {
  const breaker = createBreaker({ limiter: createProcessLimiter({ maxConcurrency: 10 }) });
  await passed(10_000);
  const permit = await breaker.acquire(never());
  breaker.follow({ isPaused: true });
  permit.use();
  let isOut = false;
  void permit.reserveTokens(10, never()).then(() => (isOut = true));
  const giveUp = new AbortController();
  const impatient = permit.reserveTokens(10, giveUp.signal);
  await passed(600_000);
  expect(isOut).toBe(false);
  giveUp.abort(new Error('enough'));
  await expect(impatient).rejects.toThrow('enough');
  breaker.follow({ isPaused: false });
  await passed(0);
  expect(isOut).toBe(true);
});

test('a probe whose message another provider gets has asked nothing: the next one probes', async () => {
  const breaker = createBreaker({ limiter: createProcessLimiter({ maxConcurrency: 10 }) });
  await passed(10_000);
  breaker.follow({ isPaused: false, open: { because: 'unavailable', probeInMs: 5_000 } });
  await passed(5_000);
  const first = await breaker.acquire(never());
  const second = breaker.acquire(never());
  first.use();
  expect(breaker.state).toBe('half-open');
  first.forgo();
  await second;
  first.release();
  expect(breaker.state).toBe('half-open');
});
