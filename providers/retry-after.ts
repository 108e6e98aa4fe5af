/** Go's `time.Duration` as text, for example `1s`, `6m0s`, `7.66s`, `120ms`. */
const DURATION_PART = /(\d+(?:\.\d+)?)(ns|us|µs|ms|s|m|h)/g;
const DURATION = /^(?:\d+(?:\.\d+)?(?:ns|us|µs|ms|s|m|h))+$/;
const UNIT_MS = { ns: 1e-6, us: 1e-3, µs: 1e-3, ms: 1, s: 1_000, m: 60_000, h: 3_600_000 };
const NUMBER = /^\d+(?:\.\d+)?$/;
/** `Date.parse` reads nearly anything, `-5` for one, so only HTTP's own form is given to it. */
const HTTP_DATE = /^[A-Z][a-z]{2}, \d{2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} GMT$/;

export interface RetryAfterFacts {
  readonly headers: Headers;
  /** The error's `type`: OpenAI names the exhausted limit there, `requests` or `tokens`. */
  readonly limit?: string | undefined;
  /** Milliseconds since the epoch. */
  readonly now: number;
}

/**
 * The delay that the response asks for, in milliseconds; `undefined` when it asks for none that can be read. Unclamped: Azure
 * has been seen to ask for a day.
 *
 * A `retry-after` in any form wins, the longest of them if there are several. The reset of an exhausted limit is the time
 * until its whole window is fresh again, which may be a minute where the next permit is 50 ms away, so it only stands in.
 */
export function retryAfterMs({ headers, limit, now }: RetryAfterFacts): number | undefined {
  const asked = [
    numberMs(headers.get('retry-after-ms'), 1),
    numberMs(headers.get('x-ms-retry-after-ms'), 1),
    numberMs(headers.get('retry-after'), 1_000),
    dateMs(headers.get('retry-after'), now),
  ];
  const resets = exhaustedLimits(headers, limit).map((name) => durationMs(headers.get(`x-ratelimit-reset-${name}`)));
  return longest(asked) ?? longest(resets);
}

function longest(delays: readonly (number | undefined)[]): number | undefined {
  const usable = delays.filter((delay) => delay !== undefined).filter((delay) => Number.isFinite(delay) && delay >= 0);
  return usable.length === 0 ? undefined : Math.ceil(Math.max(...usable));
}

/** Only the limit that was hit matters: the reset of the other one may be minutes away and mean nothing. */
function exhaustedLimits(headers: Headers, limit: string | undefined): string[] {
  const limits = ['requests', 'tokens'];
  if (limit !== undefined && limits.includes(limit)) return [limit];
  return limits.filter((name) => headers.get(`x-ratelimit-remaining-${name}`)?.trim() === '0');
}

function numberMs(text: string | null, unitMs: number): number | undefined {
  return text !== null && NUMBER.test(text.trim()) ? Number(text) * unitMs : undefined;
}

function dateMs(text: string | null, now: number): number | undefined {
  return text !== null && HTTP_DATE.test(text.trim()) ? Date.parse(text) - now : undefined;
}

/** A number without a unit counts as seconds, as gateways send it. */
export function durationMs(text: string | null): number | undefined {
  if (text === null) return undefined;
  if (!DURATION.test(text.trim())) return numberMs(text, 1_000);
  return [...text.matchAll(DURATION_PART)].reduce(
    (sum, [, amount, unit]) => sum + Number(amount) * UNIT_MS[unit as keyof typeof UNIT_MS],
    0,
  );
}
