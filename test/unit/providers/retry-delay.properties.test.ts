import fc from 'fast-check';
import { retryDelayMs } from '../../../activities/failures.ts';
import { durationMs, retryAfterMs } from '../../../providers/retry-after.ts';
import { rateLimitsOf } from '../../../providers/rate-limit-headers.ts';
import { anyText, holds } from '../../support/properties.ts';

const UNITS = { ns: 1e-6, us: 1e-3, µs: 1e-3, ms: 1, s: 1_000, m: 60_000, h: 3_600_000 } as const;
const unit = fc.constantFrom(...(Object.keys(UNITS) as (keyof typeof UNITS)[]));
const amount = fc.oneof(
  fc.nat({ max: 1_000 }).map(String),
  fc.tuple(fc.nat(), fc.nat({ max: 99 })).map((parts) => parts.join('.')),
);
const duration = fc.array(fc.tuple(amount, unit), { minLength: 1, maxLength: 4 });
const written = (parts: readonly (readonly [string, string])[]) => parts.map((part) => part.join('')).join('');

/** What servers send, what is nearly that, and anything that a header can hold. */
const headerText = fc.oneof(
  amount,
  duration.map(written),
  fc.constantFrom(
    '-5',
    'Infinity',
    'NaN',
    '1e308',
    '9'.repeat(400),
    '0x10',
    '',
    ' 7 ',
    'soon',
    '1s2',
    '6m0s',
    '20ms',
    '-1s',
  ),
  fc
    .date({ noInvalidDate: true, min: new Date('1970-01-01'), max: new Date('9999-01-01') })
    .map((date) => date.toUTCString()),
  anyText(12).map((text) => text.replaceAll(/[^\x20-\x7e]/g, '')),
);
const NAMES = [
  ...['retry-after', 'retry-after-ms', 'x-ms-retry-after-ms'],
  ...['requests', 'tokens'].flatMap((name) => [`x-ratelimit-reset-${name}`, `x-ratelimit-remaining-${name}`]),
];
const headers = fc.dictionary(fc.constantFrom(...NAMES), headerText, { maxKeys: 4 }).map((given) => new Headers(given));
const limit = fc.constantFrom(undefined, 'requests', 'tokens', 'insufficient_quota');
const random = fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true });

test('whatever headers say, the next attempt comes in half a second to five minutes', () => {
  holds(
    fc.property(
      fc.tuple(headers, limit),
      fc.integer({ min: 1, max: 1_000_000 }),
      random,
      ([given, name], attempt, chance) => {
        const asked = retryAfterMs({ headers: given, limit: name, now: Date.now() });
        const delay = retryDelayMs({ retryAfterMs: asked, attempt }, () => chance);
        expect(Number.isInteger(delay)).toBe(true);
        expect(delay).toBeGreaterThanOrEqual(500);
        expect(delay).toBeLessThanOrEqual(300_000);
      },
    ),
    { numRuns: 2_000 },
  );
});

test('nobody comes back sooner than asked, within the five minutes', () => {
  holds(
    fc.property(fc.nat({ max: 400_000 }), fc.integer({ min: 1, max: 50 }), random, (asked, attempt, chance) => {
      const delay = retryDelayMs({ retryAfterMs: asked, attempt }, () => chance);
      expect(delay).toBeGreaterThanOrEqual(Math.min(asked, 300_000));
      expect(delay).toBeLessThanOrEqual(Math.max(500, asked * 1.2 + 1));
    }),
  );
});

test('a delay that is read is a whole, finite number, never below zero', () => {
  holds(
    fc.property(headers, limit, fc.integer({ min: 0, max: 2 ** 42 }), (given, name, now) => {
      const asked = retryAfterMs({ headers: given, limit: name, now });
      if (asked !== undefined) {
        expect(Number.isInteger(asked)).toBe(true);
        expect(asked).toBeGreaterThanOrEqual(0);
      }
    }),
  );
});

test('a duration is the sum of its parts', () => {
  holds(
    fc.property(duration, (parts) => {
      const sum = parts.reduce((total, [count, name]) => total + Number(count) * UNITS[name], 0);
      expect(durationMs(written(parts))).toBeCloseTo(sum, 3);
      expect(durationMs(` ${written(parts)} `)).toBeCloseTo(sum, 3);
    }),
  );
});

test('the limits that headers name are whole numbers above zero, or none', () => {
  const value = fc.option(headerText, { nil: undefined });
  const four = fc.record({
    'x-ratelimit-limit-requests': value,
    'x-ratelimit-limit-tokens': value,
    'x-ratelimit-reset-requests': value,
    'x-ratelimit-reset-tokens': value,
  });
  holds(
    fc.property(four, (given) => {
      const limits = rateLimitsOf((name) => (given as Record<string, string | undefined>)[name]);
      if (limits === undefined) return;
      expect(Object.keys(limits).length).toBeGreaterThan(0);
      for (const named of Object.values(limits)) {
        expect(Number.isSafeInteger(named)).toBe(true);
        expect(named).toBeGreaterThan(0);
      }
    }),
    { numRuns: 2_000 },
  );
});

test('a limit is of a minute when it is fresh again within one, and counts then', () => {
  holds(
    fc.property(fc.integer({ min: 1, max: 1e9 }), fc.nat({ max: 120_000 }), (requests, resetMs) => {
      const given: Record<string, string> = {
        'x-ratelimit-limit-requests': String(requests),
        'x-ratelimit-reset-requests': `${String(resetMs)}ms`,
      };
      const limits = rateLimitsOf((name) => given[name]);
      expect(limits).toEqual(resetMs <= 61_000 ? { requestsPerMinute: requests } : undefined);
    }),
  );
});
