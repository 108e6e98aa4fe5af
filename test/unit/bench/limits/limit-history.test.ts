import { changed, createLimitHistory } from '../../../../bench/limits/limit-history.ts';

const limits = (requests: number) => ({ requests, tokens: requests * 100 });

test('a factor is of what the limits are then: halved and doubled is what it was', () => {
  const halved = changed(limits(600), { atSecond: 60, factor: 0.5 });
  expect(halved).toEqual(limits(300));
  expect(changed(halved, { atSecond: 120, factor: 2 })).toEqual(limits(600));
  expect(changed(limits(1), { atSecond: 60, factor: 0.1 })).toEqual({ requests: 1, tokens: 10 });
});

describe('limits that changed twice', () => {
  const history = createLimitHistory([
    { fromMs: 1_000, limits: limits(600) },
    { fromMs: 61_000, limits: limits(300) },
    { fromMs: 121_000, limits: limits(1_200) },
  ]);

  it('are at every moment those that were set last', () => {
    const requests = [0, 1_000, 60_999, 61_000, 120_999, 121_000, 500_000].map((ms) => history.at(ms).requests);
    expect(requests).toEqual([600, 600, 600, 300, 300, 1_200, 1_200]);
  });

  it('allow the sum of what they allow in each part', () => {
    expect(history.allowed('requests', 31_000, 151_000)).toBeCloseTo(300 + 300 + 600);
    expect(history.allowed('tokens', 70_000, 76_000)).toBeCloseTo(3_000);
  });
});
