import type { LimitName, RateLimits } from '../../../contracts/rate-budget.ts';
import { RateControl } from '../../../workflows/rate-control.ts';

const NOTHING_USED: RateLimits = { requestsPerMinute: 0, tokensPerMinute: 0 };

function aControl({ configured = {}, used = NOTHING_USED }: { configured?: RateLimits; used?: RateLimits } = {}) {
  const control = new RateControl();
  return {
    control,
    refused: (now: number, limit?: LimitName) => {
      control.refused(now, limit, { configured, used });
    },
    requests: (now: number) => control.rates(now, configured).requestsPerMinute,
    rates: (now: number) => control.rates(now, configured),
  };
}

describe('what all workers may use', () => {
  it('is what is configured, or nothing is known', () => {
    expect(aControl({ configured: { requestsPerMinute: 600 } }).rates(0)).toEqual({ requestsPerMinute: 600 });
    expect(aControl().rates(0)).toEqual({});
  });

  it('is never more than the provider says, and what an operator sets takes the place of what is configured', () => {
    const { control, rates } = aControl({ configured: { requestsPerMinute: 600 } });
    control.learn(0, { requestsPerMinute: 400, tokensPerMinute: 9_000 });
    expect(rates(0)).toEqual({ requestsPerMinute: 400, tokensPerMinute: 9_000 });
    control.learn(0, { requestsPerMinute: 1_000 });
    expect(rates(0)).toEqual({ requestsPerMinute: 600, tokensPerMinute: 9_000 });
    control.wish({ requestsPerMinute: 800, tokensPerMinute: 100 });
    expect(rates(0)).toEqual({ requestsPerMinute: 800, tokensPerMinute: 100 });
    control.wish({ requestsPerMinute: 500 });
    expect(rates(0)).toEqual({ requestsPerMinute: 500, tokensPerMinute: 100 });
    control.reset();
    expect(rates(0)).toEqual({ requestsPerMinute: 600 });
  });

  it('forgets what no header has said for ten minutes', () => {
    const { control, rates } = aControl({ configured: { requestsPerMinute: 600 } });
    control.learn(0, { requestsPerMinute: 10 });
    control.forgetOld(599_000, {});
    expect(rates(599_000)).toEqual({ requestsPerMinute: 10 });
    control.forgetOld(601_000, {});
    expect(rates(601_000)).toEqual({ requestsPerMinute: 600 });
  });

  it('comes back after a storm of refusals, however long, and is never nothing', () => {
    for (const stormMs of [10_000, 60_000, 600_000]) {
      const { refused, requests } = aControl({ configured: { requestsPerMinute: 600 } });
      for (let now = 0; now <= stormMs; now += 250) {
        refused(now);
        expect(requests(now)).toBeGreaterThanOrEqual(1);
      }
      expect(requests(stormMs + 300_000)).toBe(600);
    }
  });

  it('comes back at once when an operator sets it', () => {
    const { control, refused, requests } = aControl({ configured: { requestsPerMinute: 600 } });
    refused(0);
    control.wish({ requestsPerMinute: 700 });
    expect(requests(0)).toBe(700);
  });

  it('is told without the cuts, too: a call that is larger than that is never made', () => {
    const { control, refused } = aControl({ configured: { tokensPerMinute: 600 } });
    refused(0, 'tokensPerMinute');
    expect(control.ceilings({ tokensPerMinute: 600 })).toEqual({ tokensPerMinute: 600 });
  });

  it('is a little less for seconds after one refusal where the provider says its limit', () => {
    const { control, refused, requests } = aControl();
    control.learn(0, { requestsPerMinute: 600 });
    refused(0);
    expect(requests(0)).toBeCloseTo(588);
    expect(requests(20_000)).toBe(600);
  });

  it('is much less when the provider goes on refusing although it says that there is more', () => {
    const { control, refused, requests } = aControl();
    control.learn(0, { requestsPerMinute: 600 });
    for (let now = 0; now <= 60_000; now += 4_000) refused(now);
    expect(requests(60_000)).toBeLessThan(200);
  });

  it('takes refusals of calls that were under way together for one', () => {
    const { refused, requests } = aControl({ configured: { requestsPerMinute: 600 } });
    for (let now = 0; now < 3_000; now += 10) refused(now);
    expect(requests(3_000)).toBeCloseTo(420);
  });

  it('grows back to what was refused, lingers there, and goes on to what is configured', () => {
    const { refused, requests } = aControl({ configured: { requestsPerMinute: 600 } });
    refused(0);
    const from = requests(20_000)!;
    refused(20_000);
    expect(requests(60_000)).toBeCloseTo(from, 0);
    expect(Math.abs(requests(50_000)! - requests(70_000)!)).toBeLessThan(from * 0.02);
    expect(requests(20_000 + 120_000)).toBe(600);
  });

  it('finds a limit nobody named: from what was used when the provider began to refuse', () => {
    const { refused, requests } = aControl({ used: { requestsPerMinute: 1_000 } });
    expect(requests(0)).toBeUndefined();
    refused(0);
    expect(requests(0)).toBeCloseTo(700);
    refused(20_000);
    expect(requests(20_000)).toBeLessThan(700);
  });

  it('finds a limit that was doubled within two minutes, and one that is gone', () => {
    const { refused, requests } = aControl({ used: { requestsPerMinute: 300 } });
    refused(0);
    expect(requests(120_000)).toBeGreaterThan(600 * 0.9);
    expect(requests(300_000)).toBeUndefined();
  });

  it('cuts the limit that the provider names', () => {
    const { refused, rates } = aControl({ configured: { requestsPerMinute: 600, tokensPerMinute: 10_000 } });
    refused(0, 'tokensPerMinute');
    expect(rates(0)).toEqual({ requestsPerMinute: 600, tokensPerMinute: 7_000 });
  });

  it('moves in steps of some seconds, and goes on in the next run where it was', () => {
    const { control, refused, requests } = aControl({ configured: { requestsPerMinute: 600 } });
    refused(0);
    expect(requests(4_999)).toBe(requests(0));
    expect(requests(5_000)).toBeGreaterThan(requests(0)!);
    const next = new RateControl(control.state);
    expect(next.rates(5_000, { requestsPerMinute: 600 })).toEqual({ requestsPerMinute: requests(5_000) });
  });
});
