import fc from 'fast-check';
import { scrub } from '../../../providers/scrub.ts';
import { anyText, holds, isWellFormed } from '../../support/properties.ts';

const KEY_CHARACTERS = /^[A-Za-z0-9]{20,60}$/;
/** Whole, and the pieces of it that would say enough. */
const shows = (text: string, secret: string) => {
  for (let at = 0; at + 12 <= secret.length; at += 1) if (text.includes(secret.slice(at, at + 12))) return true;
  return false;
};
const canary = fc.stringMatching(KEY_CHARACTERS);
const around = fc.oneof(
  anyText(40),
  fc.constantFrom('', ' ', '"', '\n', '{"error":"', 'key '),
  fc.string({ maxLength: 40 }),
);
/** The forms in which providers and proxies have been seen to quote a key. */
const quoted = canary.chain((secret) =>
  fc
    .constantFrom(
      ...[
        `sk-${secret}`,
        `sk-proj-${secret}`,
        `gsk_${secret}`,
        `hf_${secret}`,
        `Bearer ${secret}`,
        `bearer  ${secret}`,
      ],
      ...[
        `authorization: ${secret}`,
        `"authorization":"Basic ${secret}"`,
        `api-key=${secret}`,
        `API key provided: ${secret}`,
      ],
      ...[
        `{"api_key":"${secret}"}`,
        `access_token = '${secret}'`,
        `https://user:${secret}@proxy.test/v1`,
        `https://${secret}@proxy.test`,
      ],
    )
    .map((text) => ({ text, secret })),
);

test('a known secret is never shown, wherever it stands and however often', () => {
  holds(
    fc.property(fc.array(around, { minLength: 2, maxLength: 6 }), canary, (parts, secret) => {
      expect(shows(scrub(parts.join(secret), secret), secret)).toBe(false);
    }),
    { numRuns: 1_000 },
  );
});

test('a secret that nobody knew is not shown in any form that keys are quoted in', () => {
  holds(
    fc.property(fc.string({ maxLength: 40 }), quoted, around, (before, { text, secret }, rest) => {
      expect(shows(scrub(`${before} ${text} ${rest}`), secret)).toBe(false);
    }),
    { numRuns: 2_000 },
  );
});

/** Of which something has to go, at any place in a character. */
const long = fc.string({ unit: fc.constantFrom('a', '😀', ' '), minLength: 280, maxLength: 400 });

test('whatever goes in, a line of at most 300 characters comes out, which UTF-8 can carry', () => {
  holds(
    fc.property(fc.oneof(anyText(600), long), fc.option(anyText(8), { nil: undefined }), (text, secret) => {
      const scrubbed = scrub(text, secret);
      expect(scrubbed.length).toBeLessThanOrEqual(300);
      expect(isWellFormed(scrubbed)).toBe(true);
      // eslint-disable-next-line no-control-regex -- what must not come out
      expect(scrubbed).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u200b-\u200f\u202a-\u202e\u2066-\u2069]/);
    }),
  );
});

test('scrubbing again changes nothing', () => {
  holds(
    fc.property(fc.string({ maxLength: 200 }), (text) => {
      expect(scrub(scrub(text))).toBe(scrub(text));
    }),
  );
});
