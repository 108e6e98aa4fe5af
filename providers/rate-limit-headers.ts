import type { LimitName, RateLimits } from '../contracts/rate-budget.ts';
import { durationMs } from './retry-after.ts';

const HEADERS: Readonly<Record<LimitName, string>> = { requestsPerMinute: 'requests', tokensPerMinute: 'tokens' };
/** A limit that takes longer to be fresh again is not one of a minute: Groq's for requests, and OpenAI's free one, are of a day. */
const MINUTE_WITH_SLACK_MS = 61_000;
const WHOLE_NUMBER = /^\d{1,12}$/;

/**
 * The limits that a response's headers name (`x-ratelimit-limit-*`); `undefined` when they name none. `-1`, `0` and what is no
 * number are no limits: Azure sends such.
 * @param header by its name in small letters
 */
export function rateLimitsOf(header: (name: string) => string | undefined): RateLimits | undefined {
  const named = (Object.keys(HEADERS) as LimitName[]).flatMap((name) => {
    const limit = header(`x-ratelimit-limit-${HEADERS[name]}`)?.trim() ?? '';
    const resetMs = durationMs(header(`x-ratelimit-reset-${HEADERS[name]}`) ?? null) ?? 0;
    const isOfMinute = WHOLE_NUMBER.test(limit) && Number(limit) > 0 && resetMs <= MINUTE_WITH_SLACK_MS;
    return isOfMinute ? [[name, Number(limit)]] : [];
  });
  return named.length === 0 ? undefined : (Object.fromEntries(named) as RateLimits);
}
