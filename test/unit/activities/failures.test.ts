import { messageFailure, providerFailure, retryDelayMs } from '../../../activities/failures.ts';
import { isMessageFailureType } from '../../../contracts/failure-types.ts';
import { PROVIDER_ERROR_KINDS, ProviderError, type ProviderErrorKind } from '../../../providers/provider.ts';

const count = (paid = 1) => ({ attempt: 1, paid, maxPaid: 6 });
const middle = () => 0.5;

test.each([
  ['rate-limited', 'Provider.RateLimited', 1_000],
  ['overloaded', 'Provider.Overloaded', 2_000],
  ['unavailable', 'Provider.Unavailable', 1_000],
  ['timeout', 'Provider.Timeout', 1_000],
  ['malformed-response', 'Provider.Unavailable', 1_000],
  ['quota-exhausted', 'Provider.QuotaExhausted', 60_000],
  ['authentication', 'Provider.Authentication', 60_000],
  ['model-not-found', 'Provider.ModelNotFound', 60_000],
  ['bad-request', 'Provider.BadRequest', 'ends the message'],
  ['context-length', 'Provider.ContextLength', 'ends the message'],
  ['content-filtered', 'Provider.ContentFiltered', 'ends the message'],
  ['response-too-large', 'Output.TooLarge', 'ends the message'],
] as [ProviderErrorKind, string, number | string][])(
  '%s becomes %s; the first delay in ms: %s',
  (kind, type, delay) => {
    const ends = typeof delay === 'string';
    const failure = providerFailure(new ProviderError(kind, 'm', { maybePaid: true }), count(), middle);
    expect(failure.type).toBe(type);
    expect(failure.nonRetryable ?? false).toBe(ends);
    expect(isMessageFailureType(failure.type)).toBe(ends);
    expect(failure.nextRetryDelay).toBe(ends ? undefined : delay);
  },
);

test('the table covers every kind there is', () => {
  for (const kind of PROVIDER_ERROR_KINDS) {
    expect(providerFailure(new ProviderError(kind, 'm', { maybePaid: false }), count()).type).toMatch(
      /^(Provider|Output)\./,
    );
  }
});

test('the cap on paid attempts ends a message, and only a call that may have been paid counts', () => {
  const timeout = new ProviderError('timeout', 'no answer', { maybePaid: true });
  expect(providerFailure(timeout, count(5)).nonRetryable ?? false).toBe(false);
  expect(providerFailure(timeout, count(6))).toMatchObject({ type: 'Provider.AttemptsExhausted', nonRetryable: true });
  const refused = new ProviderError('rate-limited', 'slow down', { maybePaid: false });
  expect(providerFailure(refused, { attempt: 500, paid: 6, maxPaid: 6 }).nonRetryable ?? false).toBe(false);
});

test.each([
  ['nothing asked, first attempt', { retryAfterMs: undefined, attempt: 1 }, 1_000],
  ['nothing asked, fourth attempt', { retryAfterMs: undefined, attempt: 4 }, 8_000],
  ['0, which would end the activity for good', { retryAfterMs: 0, attempt: 1 }, 500],
  ['two seconds', { retryAfterMs: 2_000, attempt: 1 }, 2_200],
  ['a day', { retryAfterMs: 86_400_000, attempt: 1 }, 300_000],
  ['the thousandth attempt', { retryAfterMs: undefined, attempt: 1_000 }, 250_000],
  ['not a number', { retryAfterMs: Number.NaN, attempt: 1 }, 1_000],
  ['less than nothing', { retryAfterMs: -5, attempt: 1 }, 500],
])('the delay before the next attempt: %s', (_, wanted, expected) => {
  expect(retryDelayMs(wanted, middle)).toBe(expected);
});

test('jitter never brings a retry before the time the provider asked for', () => {
  for (const random of [0, 0.25, 0.999]) {
    expect(retryDelayMs({ retryAfterMs: 10_000, attempt: 3 }, () => random)).toBeGreaterThanOrEqual(10_000);
  }
});

test('half a surrogate pair in foreign text does not reach the native core, which takes only UTF-8', () => {
  const isUtf8 = (text: string) => Buffer.from(text, 'utf8').toString('utf8') === text;
  expect(isUtf8(messageFailure('Message.Invalid', 'Unrecognized key: "\ud800"').message)).toBe(true);
  const refusal = new ProviderError('bad-request', 'no: \udfff', { maybePaid: false });
  expect(isUtf8(providerFailure(refusal, count()).message)).toBe(true);
});

test('a failure message is cut to what a dead letter header holds', () => {
  expect(messageFailure('Message.Invalid', 'x'.repeat(10_000)).message).toHaveLength(500);
});
