/**
 * Strict limits: sliding windows, per second and per minute, because providers enforce a per-minute limit in shorter
 * slices too. Only what was let through counts, so that a client that waits as told always gets in.
 */
export interface RateLimits {
  decide(nowMs: number, tokens: number): RateDecision;
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
/** A second may hold this much more than a sixtieth of the minute: the client's clock and the network jitter. */
const SECOND_SLACK = 1.2;

export function createRateLimits(limits: {
  requestsPerMinute?: number | undefined;
  tokensPerMinute?: number | undefined;
}): RateLimits {
  const meters = [
    { over: 'requests' as const, meter: meterOf(limits.requestsPerMinute) },
    { over: 'tokens' as const, meter: meterOf(limits.tokensPerMinute) },
  ];
  return {
    decide(nowMs, tokens) {
      const cost = { requests: 1, tokens };
      const refusals = meters.flatMap(({ over, meter }) => {
        const waitMs = meter?.waitMs(nowMs, cost[over]) ?? 0;
        return meter === undefined || waitMs === 0 ? [] : [{ over, meter, waitMs }];
      });
      const worst = refusals.sort((a, b) => b.waitMs - a.waitMs)[0];
      if (worst === undefined) for (const { over, meter } of meters) meter?.add(nowMs, cost[over]);
      const headers = Object.assign({}, ...meters.map(({ over, meter }) => meter?.headers(nowMs, over))) as Record<
        string,
        string
      >;
      if (worst === undefined) return { allowed: true, headers };
      const { over, meter, waitMs } = worst;
      const retryAfterMs = waitMs === Infinity ? undefined : waitMs;
      return { allowed: false, headers, over, limit: meter.limit, used: meter.used(nowMs), retryAfterMs };
    },
  };
}

function meterOf(limit: number | undefined) {
  if (limit === undefined) return undefined;
  const minute = createWindow(MINUTE, limit);
  const second = createWindow(SECOND, Math.ceil((limit / 60) * SECOND_SLACK));
  return {
    limit,
    used: (nowMs: number) => minute.used(nowMs),
    waitMs(nowMs: number, cost: number): number {
      // One request may be larger than a second's share: it gets the second for itself.
      return Math.max(minute.waitMs(nowMs, cost), second.waitMs(nowMs, Math.min(cost, second.limit)));
    },
    add(nowMs: number, cost: number) {
      minute.add(nowMs, cost);
      second.add(nowMs, cost);
    },
    headers: (nowMs: number, what: string) => ({
      [`x-ratelimit-limit-${what}`]: String(limit),
      [`x-ratelimit-remaining-${what}`]: String(Math.max(0, limit - minute.used(nowMs))),
      [`x-ratelimit-reset-${what}`]: formatDuration(minute.emptyInMs(nowMs)),
    }),
  };
}

/** A sliding window over (time, cost) entries; entries leave from the front, so it costs O(1) a call. */
function createWindow(windowMs: number, limit: number) {
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
    limit,
    used,
    /** Milliseconds until `cost` fits; 0 when it fits now, Infinity when it is above the limit by itself. */
    waitMs(nowMs: number, cost: number): number {
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
      entries.push({ atMs: nowMs, cost });
      sum += cost;
    },
    emptyInMs: (nowMs: number) => Math.max(0, Math.ceil((entries.at(-1)?.atMs ?? -Infinity) + windowMs - nowMs)),
  };
}

/** As OpenAI writes it in `x-ratelimit-reset-*`: `120ms`, `7.66s`, `6m0s`. */
export function formatDuration(ms: number): string {
  if (ms < SECOND) return `${String(ms)}ms`;
  if (ms < MINUTE) return `${String(Math.ceil(ms / 10) / 100)}s`;
  return `${String(Math.floor(ms / MINUTE))}m${String(Math.ceil((ms % MINUTE) / SECOND))}s`;
}
