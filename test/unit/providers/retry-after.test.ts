import { durationMs, retryAfterMs } from '../../../providers/retry-after.ts';

const now = Date.parse('2026-11-23T04:00:00Z');
const delayIn = (headers: Record<string, string>, limit?: string) =>
  retryAfterMs({ headers: new Headers(headers), limit, now });

describe('a duration', () => {
  it.each([
    ['6m0s', 360_000],
    ['20ms', 20],
    ['7.66s', 7_660],
    ['1h2m3s', 3_723_000],
    ['1500us', 1.5],
    ['1500µs', 1.5],
    ['2000000ns', 2],
    ['  1s ', 1_000],
    ['10.25m', 615_000],
    ['12', 12_000],
    [' 1.5 ', 1_500],
    ['0', 0],
  ])('%j is %d ms', (text, ms) => {
    expect(durationMs(text)).toBeCloseTo(ms, 6);
  });

  it.each([null, '', ' ', 's', '1 s x', '1s!', '!1s', '-1s', '1d', '.5s', '1.s', '1..5s', '5.', 'x5', '5x', 'soon'])(
    '%j is none',
    (text) => {
      expect(durationMs(text)).toBeUndefined();
    },
  );
});

describe('the delay that a response asks for', () => {
  it.each(['Mon, 23 Nov 2026 04:01:30 GMT', ' Mon, 23 Nov 2026 04:01:30 GMT '])('is until the date %j', (date) => {
    expect(delayIn({ 'retry-after': date })).toBe(90_000);
  });

  it.each([
    '2026-11-23T04:01:30Z',
    'xMon, 23 Nov 2026 04:01:30 GMT',
    'Mon, 23 Nov 2026 04:01:30 GMT+1',
    'Monday, 23 Nov 2026 04:01:30 GMT',
    'Mon, 3 Nov 2027 04:01:30 GMT',
    'Mon, 23 November 2026 04:01:30 GMT',
    'Mon, 23 Nov 26 04:01:30 GMT',
    'Mon, 23 Nov 2026 4:01:30 GMT',
    'Mon, 23 Nov 2026 04:1:30 GMT',
    'Mon, 23 Nov 2026 04:01 GMT',
    'Mon, 23 Nov 2026 04:01:30',
    'mon, 23 nov 2026 04:01:30 GMT',
    'Mon 23 Nov 2026 04:01:30 GMT',
  ])('is none in %j, which is no date of HTTP', (date) => {
    expect(delayIn({ 'retry-after': date })).toBeUndefined();
  });

  it('is by all limits that are exhausted, the longest, where the error names none of them', () => {
    const headers = {
      'x-ratelimit-reset-requests': '1s',
      'x-ratelimit-remaining-requests': ' 0 ',
      'x-ratelimit-reset-tokens': '2s',
      'x-ratelimit-remaining-tokens': '0',
    };
    expect(delayIn(headers)).toBe(2_000);
    expect(delayIn(headers, 'insufficient_quota')).toBe(2_000);
    expect(delayIn(headers, 'requests')).toBe(1_000);
    expect(delayIn({ ...headers, 'x-ratelimit-remaining-tokens': '1' })).toBe(1_000);
    expect(delayIn({ 'x-ratelimit-reset-tokens': '2s' }, 'tokens')).toBe(2_000);
  });

  it('is rounded up to a whole millisecond, and can be none at all', () => {
    expect(delayIn({ 'retry-after-ms': '0.2' })).toBe(1);
    expect(delayIn({ 'retry-after-ms': '0' })).toBe(0);
    expect(delayIn({ 'retry-after': '9'.repeat(400) })).toBeUndefined();
    expect(delayIn({ 'retry-after': '9'.repeat(400), 'retry-after-ms': '7' })).toBe(7);
  });
});
