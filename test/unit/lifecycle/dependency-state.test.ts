import { createDependencyState } from '../../../lifecycle/dependency-state.ts';
import { createLogger } from '../../../telemetry/logger.ts';

const MINUTE_MS = 60_000;

function setup() {
  let now = 0;
  const state = createDependencyState('Temporal', createLogger('silent'), () => now);
  const gaveUp: unknown[] = [];
  state.gaveUp.catch((error: unknown) => gaveUp.push(error));
  const pass = (ms: number) => {
    now += ms;
  };
  const fail = () => {
    state.failed(new Error('failed', { cause: new Error('connection refused') }));
  };
  return {
    state,
    pass,
    fail,
    /** Twice a minute, from now on. */
    failFor: (minutes: number) => {
      fail();
      for (let half = 0; half < minutes * 2; half += 1) {
        pass(MINUTE_MS / 2);
        fail();
      }
    },
    gaveUp: async () => {
      await Promise.resolve();
      return gaveUp.map((error) => (error as Error).message);
    },
  };
}

test('it is red with the innermost reason while it fails, and green again after a success', () => {
  const { state, fail } = setup();
  expect(state.notReadyBecause()).toBeUndefined();
  fail();
  expect(state.notReadyBecause()).toBe('Temporal fails: connection refused');
  state.succeeded();
  expect(state.notReadyBecause()).toBeUndefined();
});

test('a failure that nothing has confirmed for a minute is forgotten: what failed may be tried by another process now', () => {
  const { state, fail, failFor, pass } = setup();
  failFor(3);
  pass(MINUTE_MS);
  expect(state.notReadyBecause()).toBe('Temporal fails: connection refused');
  pass(1);
  expect(state.notReadyBecause()).toBeUndefined();
  fail();
  expect(state.notReadyBecause()).toBe('Temporal fails: connection refused');
});

test('five minutes of nothing but failures are given up, and say so', async () => {
  const { pass, fail, failFor, gaveUp } = setup();
  failFor(4.5);
  expect(await gaveUp()).toEqual([]);
  pass(MINUTE_MS / 2);
  fail();
  expect(await gaveUp()).toEqual(['Temporal has failed for 300 s: connection refused']);
});

type Bed = ReturnType<typeof setup>;

test.each<[string, (bed: Bed) => void]>([
  [
    'a single success',
    ({ state }) => {
      state.succeeded();
    },
  ],
  [
    'a time without any use',
    ({ pass }) => {
      pass(2 * MINUTE_MS);
    },
  ],
])('%s begins the five minutes anew', async (_what, interrupt) => {
  const bed = setup();
  bed.failFor(4);
  interrupt(bed);
  bed.failFor(4);
  expect(await bed.gaveUp()).toEqual([]);
});
