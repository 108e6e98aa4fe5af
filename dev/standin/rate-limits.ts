/**
 * Strict limits: sliding windows, per second and per minute, because providers enforce a per-minute limit in shorter
 * slices too. Only what was let through counts, so that a client that waits as told always gets in.
 */
export interface RateLimits {
  decide(nowMs: number, tokens: number): RateDecision;
  /** From now on these limits hold. What the last minute has used stays used, as at a provider. */
  change(limits: Limits): void;
  /** Forgets what was used. */
  reset(): void;
}

/** Absent: not limited. */
export interface Limits {
  readonly requestsPerMinute?: number | undefined;
  readonly tokensPerMinute?: number | undefined;
}
export type RateDecision = { readonly headers: Readonly<Record<string, string>> } & (
  | { readonly allowed: true }
  | {
      readonly allowed: false;
      readonly over: 'requests' | 'tokens';
      readonly limit: number;
      readonly used: number;
      /** `undefined`: the request alone is above the limit, and waiting does not help. */
      readonly retryAfterMs: number | undefined;
    }
);

const MINUTE = 60_000;
const SECOND = 1_000;
/**
 * How many sixtieths of the minute a second may hold. Requests: a fifth more, because the client's clock and the network jitter.
 * Tokens: twice as many. With a handful of calls a second their sizes alone make seconds differ by that, and no provider
 * is known to slice tokens by the second; what is left keeps out bursts.
 */
const SIXTIETHS_A_SECOND = { requests: 1.2, tokens: 2 } as const;

export function createRateLimits(limits: Limits): RateLimits {
  const requests = createMeter('requests', limits.requestsPerMinute);
  const tokens = createMeter('tokens', limits.tokensPerMinute);
  const meters = [requests, tokens];
  return {
    decide(nowMs, tokensAsked) {
      const cost = { requests: 1, tokens: tokensAsked };
      const refusals = meters.flatMap((meter) => {
        const waitMs = meter.waitMs(nowMs, cost[meter.what]);
        const limit = meter.limit();
        return limit === undefined || waitMs === 0 ? [] : [{ meter, limit, waitMs }];
      });
      const worst = refusals.sort((a, b) => b.waitMs - a.waitMs)[0];
      if (worst === undefined) for (const meter of meters) meter.add(nowMs, cost[meter.what]);
      const headers = { ...requests.headers(nowMs), ...tokens.headers(nowMs) };
      if (worst === undefined) return { allowed: true, headers };
      const { meter, limit, waitMs } = worst;
      const retryAfterMs = waitMs === Infinity ? undefined : waitMs;
      return { allowed: false, headers, over: meter.what, limit, used: meter.used(nowMs), retryAfterMs };
    },
    change(changed) {
      requests.setLimit(changed.requestsPerMinute);
      tokens.setLimit(changed.tokensPerMinute);
    },
    reset() {
      for (const meter of meters) meter.reset();
    },
  };
}

/** Counts without a limit too: one that is set later finds what the last minute has used. */
function createMeter(what: 'requests' | 'tokens', initialLimit: number | undefined) {
  const minute = createWindow(MINUTE);
  const second = createWindow(SECOND);
  let limit = initialLimit;
  return {
    what,
    limit: () => limit,
    setLimit(changed: number | undefined) {
      limit = changed;
    },
    used: (nowMs: number) => minute.used(nowMs),
    waitMs(nowMs: number, cost: number): number {
      if (limit === undefined) return 0;
      const secondLimit = Math.ceil((limit / 60) * SIXTIETHS_A_SECOND[what]);
      return Math.max(
        minute.waitMs(nowMs, { cost, limit }),
        // One request may be larger than a second's share: it gets the second for itself.
        second.waitMs(nowMs, { cost: Math.min(cost, secondLimit), limit: secondLimit }),
      );
    },
    add(nowMs: number, cost: number) {
      minute.add(nowMs, cost);
      second.add(nowMs, cost);
    },
    headers: (nowMs: number): Record<string, string> =>
      limit === undefined
        ? {}
        : {
            [`x-ratelimit-limit-${what}`]: String(limit),
            [`x-ratelimit-remaining-${what}`]: String(Math.max(0, limit - minute.used(nowMs))),
            [`x-ratelimit-reset-${what}`]: formatDuration(minute.emptyInMs(nowMs)),
          },
    reset() {
      minute.reset();
      second.reset();
    },
  };
}

/** A sliding window over (time, cost) entries; entries leave from the front, so it costs O(1) a call. */
function createWindow(windowMs: number) {
  let entries: { atMs: number; cost: number }[] = [];
  let first = 0;
  let sum = 0;
  const used = (nowMs: number): number => {
    for (let entry = entries[first]; entry !== undefined && entry.atMs <= nowMs - windowMs; entry = entries[first]) {
      sum -= entry.cost;
      first += 1;
    }
    if (first > 1_000 && first * 2 > entries.length) {
      entries = entries.slice(first);
      first = 0;
    }
    return sum;
  };
  return {
    used,
    /** Milliseconds until `cost` fits; 0 when it fits now, Infinity when it is above the limit by itself. */
    waitMs(nowMs: number, { cost, limit }: { cost: number; limit: number }): number {
      let excess = used(nowMs) + cost - limit;
      for (let index = first; excess > 0; index += 1) {
        const entry = entries[index];
        if (entry === undefined) return Infinity;
        excess -= entry.cost;
        if (excess <= 0) return Math.max(1, Math.ceil(entry.atMs + windowMs - nowMs));
      }
      return 0;
    },
    add(nowMs: number, cost: number) {
      // Without a limit nobody asks what is used, and old entries would stay.
      used(nowMs);
      entries.push({ atMs: nowMs, cost });
      sum += cost;
    },
    emptyInMs: (nowMs: number) => Math.max(0, Math.ceil((entries.at(-1)?.atMs ?? -Infinity) + windowMs - nowMs)),
    reset() {
      entries = [];
      first = 0;
      sum = 0;
    },
  };
}

/** As OpenAI writes it in `x-ratelimit-reset-*`: `120ms`, `7.66s`, `6m0s`. */
export function formatDuration(ms: number): string {
  if (ms < SECOND) return `${String(ms)}ms`;
  if (ms < MINUTE) return `${String(Math.ceil(ms / 10) / 100)}s`;
  return `${String(Math.floor(ms / MINUTE))}m${String(Math.ceil((ms % MINUTE) / SECOND))}s`;
}
