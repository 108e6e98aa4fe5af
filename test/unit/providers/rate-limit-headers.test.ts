import { rateLimitsOf } from '../../../providers/rate-limit-headers.ts';

const read = (headers: Readonly<Record<string, string>>) => rateLimitsOf((name) => headers[name]);

describe('the limits that headers name', () => {
  it.each([
    [
      'OpenAI',
      {
        'x-ratelimit-limit-requests': '600',
        'x-ratelimit-reset-requests': '100ms',
        'x-ratelimit-limit-tokens': '150000',
        'x-ratelimit-reset-tokens': '1m0s',
      },
      { requestsPerMinute: 600, tokensPerMinute: 150_000 },
    ],
    ['a server that says no reset', { 'x-ratelimit-limit-requests': '600' }, { requestsPerMinute: 600 }],
    [
      'Groq, whose requests are of a day',
      {
        'x-ratelimit-limit-requests': '14400',
        'x-ratelimit-reset-requests': '2m59.56s',
        'x-ratelimit-limit-tokens': '18000',
        'x-ratelimit-reset-tokens': '7.66s',
      },
      { tokensPerMinute: 18_000 },
    ],
  ])('of %s', (_, headers, limits) => {
    expect(read(headers as Readonly<Record<string, string>>)).toEqual(limits);
  });

  it.each(['-1', '0', '', 'unlimited', '1e9', '600, 600'])('are none where they say "%s"', (limit) => {
    expect(read({ 'x-ratelimit-limit-requests': limit, 'x-ratelimit-limit-tokens': limit })).toBeUndefined();
  });

  it('are named with spaces around them, too', () => {
    expect(read({ 'x-ratelimit-limit-requests': ' 600 ' })).toEqual({ requestsPerMinute: 600 });
  });

  it('have twelve digits at most', () => {
    expect(read({ 'x-ratelimit-limit-tokens': '9'.repeat(12) })).toEqual({ tokensPerMinute: 999_999_999_999 });
    expect(read({ 'x-ratelimit-limit-tokens': '9'.repeat(13) })).toBeUndefined();
  });

  it('are of a minute where they are fresh again within 61 s', () => {
    const within = (reset: string) => read({ 'x-ratelimit-limit-tokens': '7', 'x-ratelimit-reset-tokens': reset });
    expect(within('61s')).toEqual({ tokensPerMinute: 7 });
    expect(within('61001ms')).toBeUndefined();
    expect(within('no time')).toEqual({ tokensPerMinute: 7 });
  });

  it('are none where there are no such headers', () => {
    expect(read({})).toBeUndefined();
  });
});
