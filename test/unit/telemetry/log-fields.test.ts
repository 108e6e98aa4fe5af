import { createFieldCleaner } from '../../../telemetry/log-fields.ts';

const SECRET = 'canary-secret';
const clean = createFieldCleaner([SECRET, 'abc']);
const textOf = (value: unknown) => JSON.stringify(clean.fields(value));

test('a secret is in no field, wherever a library has put it', () => {
  const cause = new Error(`cause ${SECRET}`);
  const error = Object.assign(new Error(`401: ${SECRET}`, { cause }), {
    code: 'E401',
    headers: { authorization: SECRET },
  });
  for (const value of [SECRET, { a: [{ b: `x${SECRET}y` }] }, { [SECRET]: 1 }, { err: error }]) {
    expect(textOf(value)).not.toContain(SECRET);
  }
  expect(clean.message(`refused: ${SECRET}`)).toBe('refused: [secret]');
});

test('a secret that would be cut in half is taken out whole', () => {
  expect(textOf('x'.repeat(250) + SECRET)).not.toContain('canary');
});

test('an error keeps what tells people what happened', () => {
  const error = Object.assign(new TypeError('no such thing', { cause: new Error('below') }), { code: 'ENOENT' });
  expect(clean.fields({ error })).toEqual({
    error: {
      type: 'TypeError',
      message: 'no such thing',
      stack: expect.stringContaining('log-fields.test') as string,
      code: 'ENOENT',
      cause: { type: 'Error', message: 'below', stack: expect.any(String) as string },
    },
  });
});

test('foreign text is cut at 256 characters, and never in half a character', () => {
  const [cut] = [clean.fields('😀'.repeat(200)) as string];
  expect(cut.length).toBeLessThanOrEqual(256);
  expect(cut).not.toMatch(/[\uD800-\uDBFF](?![\uDC00-\uDFFF])/);
});

test.each([
  ['a new line', 'a\nb', 'a\\u000ab'],
  ['an escape sequence', '\u001b[2Jgone', '\\u001b[2Jgone'],
  ['another way to begin one', '\u009b2J', '\\u009b2J'],
  ['text from right to left', 'a\u202eb', 'a\\u202eb'],
])('%s is escaped', (_what, text, expected) => {
  expect(clean.fields(text)).toBe(expected);
});

test('what leads back to itself, is huge, or is bytes does not grow', () => {
  const circle: Record<string, unknown> = {};
  circle['again'] = circle;
  expect(textOf(circle).length).toBeLessThan(200);
  expect(textOf(Array.from({ length: 10_000 }, () => 'x')).length).toBeLessThan(500);
  expect(textOf(Buffer.from(SECRET))).toBe('"13 bytes"');
});
