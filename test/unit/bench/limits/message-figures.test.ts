import { answeredIds, messageFigures } from '../../../../bench/limits/message-figures.ts';

const call = (id: string, startedAt: number, rest: object = {}) => ({
  startedAt,
  status: 200,
  aborted: false,
  chargedTokens: 100,
  inputTokens: 60,
  outputTokens: 20,
  prompt: `Labels: ["late","lost"]\n<text>\n${id}: The carrier`,
  ...rest,
});
const refused = { status: 429, chargedTokens: 0, inputTokens: 0, outputTokens: 0 };
const cutOff = { status: null, aborted: true, inputTokens: 0, outputTokens: 0 };
const acknowledgedAt = new Map([
  ['m-1', 1_000],
  ['m-2', 1_000],
  ['m-3', 2_000],
]);
const figures = (calls: ReturnType<typeof call>[], results: string[]) =>
  messageFigures(calls, { acknowledgedAt, hasResult: (id) => results.includes(id) });

describe('wasted tokens', () => {
  it('are none when each result took one call, and refused ones were charged nothing', () => {
    const calls = [call('m-1', 1_100, refused), call('m-1', 1_500), call('m-2', 1_600)];
    expect(figures(calls, ['m-1', 'm-2']).wastedTokens).toBe(0);
  });

  it('are those of a call that was cut off and repeated, and of an answer that was repeated', () => {
    const calls = [
      call('m-1', 1_100, { ...cutOff, chargedTokens: 70 }),
      call('m-2', 1_200, { chargedTokens: 90 }),
      call('m-1', 5_000),
      call('m-2', 5_100),
    ];
    expect(figures(calls, ['m-1', 'm-2']).wastedTokens).toBe(160);
  });

  it('are those of an answer without a result', () => {
    expect(figures([call('m-1', 1_100), call('m-2', 1_200)], ['m-1']).wastedTokens).toBe(100);
  });

  it('are what the answer took, where that is more than what the limit charged', () => {
    expect(figures([call('m-1', 1_100, { inputTokens: 100, outputTokens: 30 })], []).wastedTokens).toBe(130);
  });
});

describe('the wait', () => {
  it('goes from the acknowledgement to the start of the last answered call', () => {
    const calls = [
      call('m-1', 1_200),
      call('m-2', 1_300, refused),
      call('m-1', 1_500),
      call('m-2', 4_000),
      call('m-2', 6_000, cutOff),
    ];
    expect(figures(calls, ['m-1', 'm-2']).waitMs).toEqual({ p50: 500, p99: 3_000 });
  });

  it('is unknown when nothing was answered', () => {
    expect(figures([call('m-1', 1_200, refused)], []).waitMs).toBeNull();
  });
});

test('a message counts as answered once the answer was complete', () => {
  const calls = [call('m-1', 1, refused), call('m-2', 2, { aborted: true }), call('m-3', 3), call('m-3', 4)];
  expect(answeredIds(calls)).toEqual(['m-3']);
});
