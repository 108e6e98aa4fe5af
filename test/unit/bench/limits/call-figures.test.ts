import { callFigures } from '../../../../bench/limits/call-figures.ts';
import { createLimitHistory } from '../../../../bench/limits/limit-history.ts';

const T0 = 1_700_000_000_000;
const limits = (requests: number, tokens: number) => ({ requests, tokens });
const constant = (requests: number, tokens: number) =>
  createLimitHistory([{ fromMs: T0 - 5_000, limits: limits(requests, tokens) }]);

/** Calls at seconds after the first one. */
const call = (second: number, { tokens = 100, refused = false } = {}) => ({
  startedAt: T0 + second * 1_000,
  fault: refused ? 'rate-limit' : null,
  askedTokens: tokens,
  chargedTokens: refused ? 0 : tokens,
});
const every = (stepSeconds: number, from: number, to: number) =>
  Array.from({ length: Math.round((to - from) / stepSeconds) }, (_, index) => from + index * stepSeconds);

describe('use of a limit', () => {
  it('is what was let in, of what the limit allowed, from ten seconds after the first call to the end', () => {
    // 2 a second of 10 at first, which does not count; then 9 a second; and calls after the end.
    const seconds = [...every(0.5, 0, 10), ...every(1 / 9, 10, 30), ...every(0.1, 30, 35)];
    const figures = callFigures(
      seconds.map((second) => call(second)),
      { history: constant(600, 600_000), seconds: 30 },
    );
    expect(figures).toMatchObject({
      utilisation: 0.9,
      binding: 'requests',
      utilisationOf: { requests: 0.9, tokens: 0.09 },
      calls: 200,
      refused: 0,
      ratio429: 0,
    });
  });

  it('is of tokens where they are used more, and refused calls use nothing', () => {
    // Every second: two calls of 300 tokens let in and one of 300 refused, at 10 requests and 1,000 tokens a second.
    const calls = every(1, 0, 20).flatMap((second) => [
      call(second, { tokens: 300 }),
      call(second + 0.1, { tokens: 300 }),
      call(second + 0.2, { tokens: 300, refused: true }),
    ]);
    expect(callFigures(calls, { history: constant(600, 60_000), seconds: 20 })).toMatchObject({
      utilisation: 0.6,
      binding: 'tokens',
      utilisationOf: { requests: 0.2, tokens: 0.6 },
    });
  });

  it('follows a limit that changes: each moment allows what held then', () => {
    // 10 a second until 15 s, 5 after; the calls use all of both.
    const history = createLimitHistory([
      { fromMs: T0 - 5_000, limits: limits(600, 600_000) },
      { fromMs: T0 + 15_000, limits: limits(300, 300_000) },
    ]);
    const seconds = [...every(0.1, 0, 15), ...every(0.2, 15, 30)];
    const figures = callFigures(
      seconds.map((second) => call(second)),
      { history, seconds: 30 },
    );
    expect(figures.utilisation).toBe(1);
    expect(figures.series.map(({ utilisation }) => utilisation)).toEqual([1, 1, 1]);
    expect(figures.series.map(({ calls }) => calls)).toEqual([100, 75, 50]);
  });

  it('has no figure out of nothing', () => {
    expect(callFigures([], { history: constant(600, 60_000), seconds: 20 })).toMatchObject({
      utilisation: 0,
      ratio429: 0,
      maxSecondOverLimit: 0,
      calls: 0,
      series: [{ calls: 0 }, { calls: 0 }],
    });
  });
});

describe('calls that a limit refused', () => {
  it('count from the first call on, of all calls, and not those that failed otherwise', () => {
    const calls = [
      ...every(1, 0, 8).map((second) => call(second)),
      call(8, { refused: true }),
      { ...call(9), fault: '429' },
      ...every(1, 10, 20).map((second) => call(second)),
    ];
    const figures = callFigures(calls, { history: constant(600, 60_000), seconds: 20 });
    expect(figures).toMatchObject({ ratio429: 0.05, refused: 1, calls: 20 });
    expect(figures.series.map(({ ratio429 }) => ratio429)).toEqual([0.1, 0]);
  });
});

describe('the largest second', () => {
  it('slides, and counts what was sent, refused calls too', () => {
    // 6 in 900 ms across a full second, two of them refused, at 5 a second.
    const burst = [12.5, 12.6, 12.9, 13.1, 13.3, 13.4].map((second, index) => call(second, { refused: index > 3 }));
    const calls = [...every(1, 0, 12).map((second) => call(second)), ...burst, call(13.5), call(14.5)];
    const figures = callFigures(calls, { history: constant(300, 60_000), seconds: 20 });
    expect(figures.maxSecondOverLimit).toBe(1.2);
    expect(figures.maxSecondTokensOverLimit).toBe(0.6);
  });

  it('of the first ten seconds is in the series only', () => {
    const calls = [...every(0.05, 0, 2), ...every(1, 10, 20)].map((second) => call(second));
    const figures = callFigures(calls, { history: constant(600, 60_000), seconds: 20 });
    expect(figures.maxSecondOverLimit).toBe(0.1);
    expect(figures.series[0]?.maxSecondOverLimit).toBe(2);
  });

  it('that a change falls into is held against the higher limit, the next one against the new one', () => {
    const history = createLimitHistory([
      { fromMs: T0, limits: limits(600, 600_000) },
      { fromMs: T0 + 15_000, limits: limits(300, 300_000) },
    ]);
    const calls = [call(0), ...every(0.1, 14, 17).map((second) => call(second))];
    expect(callFigures(calls, { history, seconds: 20 }).maxSecondOverLimit).toBe(2);
    const adapted = [call(0), ...every(0.1, 14, 15), ...every(0.2, 15, 17)].map((second) =>
      typeof second === 'number' ? call(second) : second,
    );
    expect(callFigures(adapted, { history, seconds: 20 }).maxSecondOverLimit).toBe(1);
  });
});
