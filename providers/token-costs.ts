/** Before the first call has said what it takes. */
const FIRST_GUESS_TOKENS = 1_000;
/** How much of the usual call the newest one is. */
const NEWEST_WEIGHT = 1 / 8;
/** A larger call than this part of the limit may exceed a minute: leaving room for it would halve the rate of all others. */
const LARGEST_PART = 0.5;
/** For how long the largest call is remembered at least; twice as long at most. */
const REMEMBER_MS = 60_000;

/** What calls take of a token limit, in milliseconds of its pace. */
export interface TokenCosts {
  /** A call that takes this many tokens. Returns the milliseconds a token takes for it. */
  note(tokens: number): number;
  /** Milliseconds for a call of which nothing is known yet. */
  usualMs(): number;
}

/**
 * @param options.tokensPerMinute the limit as it is now
 * @param options.minuteMs what a minute of the limit is stretched to
 */
export function createTokenCosts(options: {
  tokensPerMinute: () => number;
  minuteMs: number;
  now: () => number;
}): TokenCosts {
  const { tokensPerMinute, minuteMs, now } = options;
  let usual = Math.min(FIRST_GUESS_TOKENS, tokensPerMinute() / 10);
  let largest = { now: 0, before: 0, since: now() };

  function forgetOld(): void {
    const ageMs = now() - largest.since;
    if (ageMs <= REMEMBER_MS) return;
    largest = { now: 0, before: ageMs > 2 * REMEMBER_MS ? 0 : largest.now, since: now() };
  }

  /** Calls are paid for after they have started, so a minute holds one more than it should: the largest, at worst. */
  function msPerToken(): number {
    forgetOld();
    const limit = tokensPerMinute();
    const room = Math.min(Math.max(largest.now, largest.before), limit * LARGEST_PART);
    return minuteMs / (limit - room);
  }

  return {
    note(tokens) {
      forgetOld();
      largest.now = Math.max(largest.now, tokens);
      usual += (tokens - usual) * NEWEST_WEIGHT;
      return msPerToken();
    },
    usualMs: () => usual * msPerToken(),
  };
}
