import type { Permit } from '../../../providers/limiter.ts';
import { createProviderCalls } from '../../../providers/provider-calls.ts';

const never = () => new AbortController().signal;

/** Permits that are numbered as they are given, and what was done with each. */
function setup() {
  const steps: string[] = [];
  let given = 0;
  const calls = createProviderCalls({
    acquire: () => {
      given += 1;
      const name = String(given);
      const step = (what: string) => () => void steps.push(`${what} ${name}`);
      const permit: Permit = {
        use: step('use'),
        forgo: step('forgo'),
        release: step('release'),
        reserveTokens: () => Promise.resolve({ settle: () => undefined }),
      };
      return Promise.resolve(permit);
    },
    callWith: (permit) => ({
      name: 'p',
      complete: () => Promise.reject(new Error('not asked')),
      forgo: () => {
        permit.forgo();
      },
      end: () => {
        permit.release();
      },
    }),
    snapshot: () => ({ held: 0, inUse: 0, rates: {} }),
  });
  return { calls, steps };
}

describe('calls of slots', () => {
  it('are taken in the order in which the slots were used, and end with their work', async () => {
    const { calls, steps } = setup();
    const [first, second] = [await calls.acquire(never()), await calls.acquire(never())];
    second.use();
    first.use();
    (await calls.take()).end();
    expect(steps).toEqual(['use 2', 'use 1', 'release 2']);
  });

  it('wait for a slot in use when their work comes first', async () => {
    const { calls, steps } = setup();
    const taken = calls.take();
    (await calls.acquire(never())).use();
    (await taken).forgo();
    expect(steps).toEqual(['use 1', 'forgo 1']);
  });

  it('go on when the slot of another one is given back', async () => {
    const { calls, steps } = setup();
    const [first, second] = [await calls.acquire(never()), await calls.acquire(never())];
    second.use();
    first.use();
    const [callOfFirst, callOfSecond] = [await calls.take(), await calls.take()];
    callOfFirst.end();
    first.release();
    expect(steps.slice(2)).toEqual(['release 2']);
    callOfSecond.end();
    second.release();
    expect(steps.slice(2)).toEqual(['release 2', 'release 1']);
  });

  it('that nobody took are given back with their slot, as are those that were never used', async () => {
    const { calls, steps } = setup();
    const [first, second] = [await calls.acquire(never()), await calls.acquire(never())];
    first.use();
    first.release();
    second.release();
    expect(steps).toEqual(['use 1', 'release 1', 'release 2']);
  });
});
