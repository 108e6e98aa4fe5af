import { createDependencyState } from '../../../lifecycle/dependency-state.ts';
import { createLogger } from '../../../telemetry/logger.ts';

const MINUTE_MS = 60_000;

function setup() {
  let now = 0;
  const state = createDependencyState('Temporal', createLogger('silent'), () => now);
  const gaveUp: unknown[] = [];
  state.gaveUp.catch((error: unknown) => gaveUp.push(error));
  return {
    state,
    failAfter: (ms: number) => {
      now += ms;
      state.failed(new Error('failed', { cause: new Error('connection refused') }));
    },
    gaveUp: async () => {
      await Promise.resolve();
      return gaveUp.map((error) => (error as Error).message);
    },
  };
}

test('it is red with the innermost reason while it fails, and green again after a success', () => {
  const { state, failAfter } = setup();
  expect(state.notReadyBecause()).toBeUndefined();
  failAfter(0);
  expect(state.notReadyBecause()).toBe('Temporal fails: connection refused');
  state.succeeded();
  expect(state.notReadyBecause()).toBeUndefined();
});

test('five minutes of nothing but failures are given up, and say so', async () => {
  const { failAfter, gaveUp } = setup();
  failAfter(MINUTE_MS);
  failAfter(4 * MINUTE_MS);
  expect(await gaveUp()).toEqual([]);
  failAfter(MINUTE_MS);
  expect(await gaveUp()).toEqual(['Temporal has failed for 300 s: connection refused']);
});

test('a single success begins the five minutes anew', async () => {
  const { state, failAfter, gaveUp } = setup();
  failAfter(0);
  failAfter(4 * MINUTE_MS);
  state.succeeded();
  failAfter(MINUTE_MS);
  failAfter(4 * MINUTE_MS);
  expect(await gaveUp()).toEqual([]);
});
