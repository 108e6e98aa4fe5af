import { scrub } from '../../../providers/scrub.ts';

describe('a provider message in a history or dead letter', () => {
  it.each([
    ['Incorrect API key provided: sk-proj-abcDEF123456. See https://x.test', /abcDEF|123456/],
    ['Incorrect API key provided: abcd1234****wxyz.', /abcd|wxyz/],
    ['key sk-1234********************cdef is wrong', /1234|cdef/],
    ['Authorization: Bearer eyJhbGciOi.JIUz', /eyJ|JIUz/],
    ['got header "authorization": "Basic dXNlcjpwYXNz"', /dXNl/],
    ['{"api_key":"plainsecret99"}', /plainsecret/],
    ['https://gateway.test/v1?api-key=plainsecret99&x=1', /plainsecret/],
    ['proxy https://joe:hunter2@proxy.test failed', /joe|hunter2/],
    ['your key my-own-key was refused, my-own-key', /my-own-key/],
  ])('shows no secret of %j', (text, secret) => {
    const scrubbed = scrub(text, 'my-own-key');
    expect(scrubbed).not.toMatch(secret);
    expect(scrubbed).toContain('[secret]');
  });

  it.each([
    'This model maximum context length is 8192 tokens. However, you requested 9000 tokens.',
    'Rate limit reached for gpt-4o in organization org-x on requests per min (RPM): Limit 3, Used 3.',
    'connect ECONNREFUSED 127.0.0.1:9',
  ])('keeps what an operator needs: %j', (text) => {
    expect(scrub(text, undefined)).toBe(text);
  });

  it.each([
    ['apiKey=plainsecret99 here', '[secret] here'],
    ['accessToken: plainsecret99 here', '[secret] here'],
    ['authorization: basic plainsecret99 here', '[secret] here'],
    ['key abcd1234****wxyz5678 here', 'key [secret] here'],
    ['key ****wxyz here', 'key [secret] here'],
    ['key "abcd****" here', 'key "[secret]" here'],
    ['2 * 3 ** 4 is 162', '2 * 3 ** 4 is 162'],
    ['  an undefined key  ', 'an undefined key'],
  ])('hides of %j the secret and no more', (text, shown) => {
    expect(scrub(text)).toBe(shown);
  });

  it('hides nothing where the known secret is empty', () => {
    expect(scrub('a text', '')).toBe('a text');
  });

  it('is one line without control and direction characters', () => {
    expect(scrub('a\r\nb\u0000\u001b[31mc\u202ed\ud800e')).toBe('a b [31mc d e');
  });

  it('is at most 300 characters, cut between characters', () => {
    const scrubbed = scrub('x'.repeat(298) + '😀'.repeat(10));
    expect(scrubbed).toBe(`${'x'.repeat(298)}…`);
    expect(scrub('y'.repeat(300))).toBe('y'.repeat(300));
  });

  it('takes no longer for megabytes', () => {
    const started = performance.now();
    for (const hostile of ['a'.repeat(8e6), '*'.repeat(8e6), 'sk-'.repeat(3e6), '//x'.repeat(3e6)])
      scrub(hostile, 'key');
    expect(performance.now() - started).toBeLessThan(1_000);
  });
});
