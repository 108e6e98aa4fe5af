/**
 * What the `llm` workers, the operators and a provider's rate budget say to each other. The budget is a workflow that hands
 * out leases: each one a part of the provider's limits, for some seconds. An outside name, as are those of its update, signals
 * and query.
 */
export const RATE_BUDGET = {
  workflowType: 'rateBudget',
  workflowId: (provider: string) => `rate-budget:${provider}`,
  /** Update of a worker: {@link LeaseRequest} → {@link Lease}. */
  lease: 'lease',
  /** Signals of a worker: its name; its name and {@link ProviderNews}. */
  leave: 'leave',
  report: 'report',
  /** Signal of an operator: {@link OperatorWish}. */
  control: 'control',
  /** Query: {@link RateBudgetState}. */
  state: 'state',
} as const;

/** What no provider can be called: the budget over all of them together. */
export const CEILING_BUDGET = 'all';

/** A minute's calls, and their tokens, input and output together. Absent: not limited, or not known. */
export interface RateLimits {
  readonly requestsPerMinute?: number | undefined;
  readonly tokensPerMinute?: number | undefined;
}
export const LIMIT_NAMES = ['requestsPerMinute', 'tokensPerMinute'] as const satisfies readonly (keyof RateLimits)[];
export type LimitName = (typeof LIMIT_NAMES)[number];

/** Each limit by its name; `Infinity` and `undefined` are none. */
export function rateLimits(of: (name: LimitName) => number | undefined): RateLimits {
  return Object.fromEntries(
    LIMIT_NAMES.flatMap((name) => {
      const limit = of(name);
      return limit === undefined || limit === Infinity ? [] : [[name, limit]];
    }),
  );
}

/** @param share 0 to 1. Of what is not limited no part is less, but nothing: then there are no requests. */
export function partOf(limits: RateLimits, share: number): RateLimits {
  const part = rateLimits((name) => (limits[name] === undefined ? undefined : limits[name] * share));
  return share === 0 ? { ...part, requestsPerMinute: 0 } : part;
}

/** Of each limit, a minute. */
export type Use = Readonly<Record<LimitName, number>>;

export interface LeaseRequest {
  /** Unique among all that ever asked. */
  readonly worker: string;
  /** As the worker is configured: for all workers together. */
  readonly limits: RateLimits;
  /**
   * The part (0 to 1) of the time since it last asked in which nothing but its share kept it from another call; or, if that is more, the
   * part of its share that it used.
   */
  readonly busy: number;
  /** What it used since then, a minute. */
  readonly used: Use;
}

export interface Lease {
  /** Part (0 to 1) of the rates. */
  readonly share: number;
  /** Of all workers together, as they are now. */
  readonly rates: RateLimits;
  /** The same, whatever is cut for the moment: no call can be larger. */
  readonly ceilings: RateLimits;
  /**
   * Calls of workers with equal shares are due in turns: where in its interval (0 to 1, by the wall clock) this worker's are. In
   * step, they would come together and be too many for the second. Absent: anywhere.
   */
  readonly phase?: number;
  /** Milliseconds, counted from when the worker asked. */
  readonly validMs: number;
  /** Milliseconds after which it should ask again. */
  readonly askAgainInMs: number;
  /** Milliseconds for which nobody should call: the provider told one of the workers that it gets too much. */
  readonly pauseMs: number;
  readonly gate: Gate;
}

/** Whether calls may go out at all. */
export interface Gate {
  /** An operator stopped all calls. */
  readonly isPaused: boolean;
  /** A worker's breaker is open, so all are. Absent: closed. */
  readonly open?: {
    /** The kind of error. */
    readonly because: string;
    /** Milliseconds until this worker may let one call out as a probe. Absent: another worker does. */
    readonly probeInMs?: number;
  };
}

/** What a worker learned from an answer, and what concerns all. Each member by itself. */
export interface ProviderNews {
  /** A 429. */
  readonly refused?: {
    /** The limit that was hit, where the provider says so. */
    readonly limit?: LimitName;
    /** Milliseconds for which the provider wants no call. */
    readonly pauseMs: number;
  };
  /** The limits that the provider names in its headers. */
  readonly limits?: RateLimits;
  /** The worker's own breaker changed. */
  readonly breaker?:
    { readonly opened: { readonly because: string; readonly probeInMs: number } } | { readonly closed: true };
}

/** Each member by itself. */
export interface OperatorWish {
  /** In place of what is configured, each limit by itself. */
  readonly limits?: RateLimits;
  /** No limits but those that are configured, and forget what was learned. */
  readonly reset?: true;
  readonly isPaused?: boolean;
}

/** A worker as the budget knows it. */
export interface LeaseHolder extends LeaseRequest {
  readonly share: number;
  /** Milliseconds since the epoch: until then nobody else gets its share. */
  readonly until: number;
}

/** How one limit is used more carefully since the provider refused calls. Times are milliseconds since the epoch. */
export interface Cut {
  readonly at: number;
  /** The rate a minute at which it refused, and the lower one from which it grows back. */
  readonly from: number;
  readonly to: number;
  /** Milliseconds until it is back where it was. */
  readonly backInMs: number;
  /** Cuts in a row. */
  readonly count: number;
}

/** What the budget hands on to its next run, and shows when it is asked. Times are milliseconds since the epoch. */
export interface RateBudgetState {
  readonly holders: readonly LeaseHolder[];
  readonly pausedUntil: number;
  /** By all workers together, a minute, smoothed. Absent: in a state of an earlier version. */
  readonly usual?: Use;
  /** By an operator. */
  readonly wished: RateLimits;
  /** From the provider's headers. */
  readonly learned: RateLimits;
  readonly learnedAt: number;
  readonly cuts: Readonly<Partial<Record<LimitName, Cut>>>;
  /** All of this together: what all workers may use at the moment. Only shown. */
  readonly rates: RateLimits;
  readonly isPaused: boolean;
  readonly open?: {
    readonly because: string;
    readonly since: number;
    readonly prober: string;
    readonly probeAt: number;
  };
}
