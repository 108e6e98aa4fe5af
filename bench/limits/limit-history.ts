import type { LimitChange, LimitsOptions } from './options.ts';

export type Resource = 'requests' | 'tokens';

/** A minute's worth of each. */
export type ProviderLimits = Readonly<Record<Resource, number>>;

/** The provider's limits over a run. Times are milliseconds since the epoch. */
export interface LimitHistory {
  at(ms: number): ProviderLimits;
  /** What they let in between two times, if every moment gives its part of a minute. */
  allowed(resource: Resource, fromMs: number, toMs: number): number;
}

export const limitsAtFirst = ({ requestsPerMinute, tokensPerMinute }: LimitsOptions): ProviderLimits => ({
  requests: requestsPerMinute,
  tokens: tokensPerMinute,
});

export const changed = (limits: ProviderLimits, { factor }: LimitChange): ProviderLimits => ({
  requests: Math.max(1, Math.round(limits.requests * factor)),
  tokens: Math.max(1, Math.round(limits.tokens * factor)),
});

/** @param steps what held from when on, in the order of time; before the first one, the first one holds */
export function createLimitHistory(steps: readonly [LimitStep, ...(readonly LimitStep[])]): LimitHistory {
  const [first, ...later] = steps;
  return {
    at: (ms) => later.findLast(({ fromMs }) => fromMs <= ms)?.limits ?? first.limits,
    allowed(resource, fromMs, toMs) {
      let sum = 0;
      for (const [index, { limits }] of steps.entries()) {
        const start = index === 0 ? fromMs : Math.max(fromMs, steps[index]?.fromMs ?? fromMs);
        const end = Math.min(toMs, steps[index + 1]?.fromMs ?? toMs);
        sum += (limits[resource] / 60_000) * Math.max(0, end - start);
      }
      return sum;
    },
  };
}

export interface LimitStep {
  readonly fromMs: number;
  readonly limits: ProviderLimits;
}
