import type { Lease, RateLimits } from '../../../contracts/rate-budget.ts';
import { OwnRates } from '../../../providers/own-rates.ts';

const lease = (part: Partial<Lease>): Lease => ({
  ...{ share: 0.5, rates: { requestsPerMinute: 600 }, ceilings: {}, validMs: 1, askAgainInMs: 0, pauseMs: 0 },
  gate: { isPaused: false },
  ...part,
});

function setup(configured: RateLimits = {}) {
  let part: { share?: number; phase?: number | undefined } = {};
  let own: RateLimits = {};
  let now = 0;
  const pauses: number[] = [];
  const rates = new OwnRates({
    limiter: {
      setRates: (_whole, given = {}) => (part = given),
      pauseFor: (ms) => void pauses.push(ms),
    },
    configured,
    onChange: (rates) => (own = rates),
    now: () => now,
  });
  return { rates, own: () => own, part: () => part, pauses, pass: (ms: number) => void (now += ms) };
}

describe('what a process may use', () => {
  it('is nothing before it has a share, where limits are configured, and not limited where none are', () => {
    expect(setup({ requestsPerMinute: 600 }).own()).toEqual({ requestsPerMinute: 0 });
    expect(setup().own()).toEqual({});
  });

  it('is its share of what all may use, in its turn', () => {
    const { rates, own, part, pauses } = setup({ requestsPerMinute: 900 });
    rates.adopt(lease({ phase: 0.25, pauseMs: 700 }));
    expect(own()).toEqual({ requestsPerMinute: 300 });
    expect(part()).toEqual({ share: 0.5, phase: 0.25 });
    expect(pauses).toEqual([700]);
  });

  it('is less at once when the provider’s headers say less, until the budget has told all what counts', () => {
    const { rates, own, pass } = setup();
    rates.adopt(lease({}));
    rates.learn({ requestsPerMinute: 60, tokensPerMinute: 1_000 });
    expect(own()).toEqual({ requestsPerMinute: 30, tokensPerMinute: 500 });
    pass(1_000);
    rates.adopt(lease({}));
    expect(own()).toMatchObject({ requestsPerMinute: 30 });
    pass(5_000);
    rates.adopt(lease({}));
    expect(own()).toEqual({ requestsPerMinute: 300 });
  });

  it('is worth telling when it is lower, when it is another after some seconds, and now and then in any case', () => {
    const { rates, pass } = setup();
    const learn = (requestsPerMinute: number) => rates.learn({ requestsPerMinute });
    expect([learn(60), learn(60), learn(90), learn(50)]).toEqual([true, false, false, true]);
    pass(2_000);
    expect([learn(50), learn(90)]).toEqual([false, true]);
    pass(60_000);
    expect(learn(90)).toBe(true);
  });

  it('is half of its last share, in no turn, when no lease comes; a tenth when there never was one', () => {
    const { rates, own, part } = setup({ requestsPerMinute: 600 });
    rates.lose(undefined);
    expect(own()).toEqual({ requestsPerMinute: 60 });
    const granted = lease({ phase: 0.5 });
    rates.adopt(granted);
    rates.lose(granted);
    expect(own()).toEqual({ requestsPerMinute: 150 });
    expect(part().phase).toBeUndefined();
    // Somebody had everything, and may be gone.
    rates.adopt(lease({ share: 0 }));
    rates.lose(lease({ share: 0 }));
    expect(own()).toEqual({ requestsPerMinute: 30 });
  });

  it('is nothing any more once it is closed, whatever comes', () => {
    const { rates, own, part } = setup();
    rates.close();
    rates.adopt(lease({}));
    rates.learn({ requestsPerMinute: 5 });
    expect(part().share).toBe(0);
    expect(own().requestsPerMinute).toBe(0);
  });

  it('knows the largest call there can be: not by what is cut for the moment', () => {
    const { rates } = setup({ tokensPerMinute: 10_000 });
    expect(rates.mostTokensPerMinute).toBe(10_000);
    rates.adopt(lease({ rates: { tokensPerMinute: 100 }, ceilings: { tokensPerMinute: 60_000 } }));
    expect(rates.mostTokensPerMinute).toBe(60_000);
    expect(setup().rates.mostTokensPerMinute).toBeUndefined();
  });
});
