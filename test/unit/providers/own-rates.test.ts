import type { Lease, RateLimits } from '../../../contracts/rate-budget.ts';
import { OwnRates } from '../../../providers/own-rates.ts';

const lease = (part: Partial<Lease>): Lease => ({
  ...{ share: 0.5, rates: { requestsPerMinute: 600 }, validMs: 1, askAgainInMs: 0, pauseMs: 0 },
  gate: { isPaused: false },
  ...part,
});

function setup(configured: RateLimits = {}) {
  let last: { rates: RateLimits; phase: number | undefined } = { rates: {}, phase: undefined };
  const pauses: number[] = [];
  const rates = new OwnRates({
    limiter: {
      setRates: (set, phase) => (last = { rates: set, phase }),
      pauseFor: (ms) => void pauses.push(ms),
    },
    configured,
  });
  return { rates, last: () => last, pauses };
}

describe('what a process may use', () => {
  it('is nothing before it has a share, where limits are configured, and not limited where none are', () => {
    expect(setup({ requestsPerMinute: 600 }).last().rates).toEqual({ requestsPerMinute: 0 });
    expect(setup().last().rates).toEqual({});
  });

  it('is its share of what all may use, in its turn', () => {
    const { rates, last, pauses } = setup({ requestsPerMinute: 900 });
    rates.adopt(lease({ phase: 0.25, pauseMs: 700 }));
    expect(last()).toEqual({ rates: { requestsPerMinute: 300 }, phase: 0.25 });
    expect(pauses).toEqual([700]);
  });

  it('is less at once when the provider’s headers say less, and what they say is told once', () => {
    const { rates, last } = setup();
    rates.adopt(lease({}));
    expect(rates.learn({ requestsPerMinute: 60, tokensPerMinute: 1_000 })).toBe(true);
    expect(last().rates).toEqual({ requestsPerMinute: 30, tokensPerMinute: 500 });
    expect(rates.learn({ requestsPerMinute: 60 })).toBe(false);
    expect(rates.learn({ requestsPerMinute: 90 })).toBe(true);
    expect(last().rates).toEqual({ requestsPerMinute: 45, tokensPerMinute: 500 });
  });

  it('is half of its last share, in no turn, when no lease comes; a tenth when there never was one', () => {
    const { rates, last } = setup({ requestsPerMinute: 600 });
    rates.lose(undefined);
    expect(last().rates).toEqual({ requestsPerMinute: 60 });
    const granted = lease({ phase: 0.5 });
    rates.adopt(granted);
    rates.lose(granted);
    expect(last()).toEqual({ rates: { requestsPerMinute: 150 }, phase: undefined });
  });

  it('is nothing any more once it is closed, whatever comes', () => {
    const { rates, last } = setup();
    rates.close();
    rates.adopt(lease({}));
    rates.learn({ requestsPerMinute: 5 });
    expect(last().rates).toEqual({ requestsPerMinute: 0, tokensPerMinute: 0 });
  });

  it('knows the largest call there can be: by the configuration or the provider, not by what is cut for the moment', () => {
    const { rates } = setup({ tokensPerMinute: 10_000 });
    rates.adopt(lease({ rates: { tokensPerMinute: 100 } }));
    expect(rates.mostTokensPerMinute).toBe(10_000);
    rates.learn({ tokensPerMinute: 8_000 });
    expect(rates.mostTokensPerMinute).toBe(8_000);
    expect(setup().rates.mostTokensPerMinute).toBeUndefined();
  });
});
