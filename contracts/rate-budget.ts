/**
 * What the `llm` workers and a provider's rate budget say to each other. The budget is a workflow that hands out leases:
 * each one a part of the provider's limits, for some seconds. An outside name, as are those of its update, signal and query.
 */
export const RATE_BUDGET = {
  workflowType: 'rateBudget',
  workflowId: (provider: string) => `rate-budget:${provider}`,
  lease: 'lease',
  leave: 'leave',
  pause: 'pause',
  state: 'state',
} as const;

/** As a worker is configured. Both count input and output of all workers together. */
export interface RateLimits {
  readonly requestsPerMinute?: number | undefined;
  readonly tokensPerMinute?: number | undefined;
}

export interface LeaseRequest {
  /** Unique among all that ever asked. */
  readonly worker: string;
  readonly limits: RateLimits;
  /** The part (0 to 1) of the time since it last asked in which nothing but its share kept it from another call. */
  readonly busy: number;
}

export interface Lease {
  /** Part (0 to 1) of each limit. */
  readonly share: number;
  /**
   * Calls of the workers are due in turns: where in its interval (0 to 1, by the wall clock) this worker's are. In step, they
   * would come together and be too many for the second.
   */
  readonly phase: number;
  /** Milliseconds, counted from when the worker asked. */
  readonly validMs: number;
  /** Milliseconds after which it should ask again. */
  readonly askAgainInMs: number;
  /** Milliseconds for which nobody should call: the provider told one of the workers that it gets too much. */
  readonly pauseMs: number;
}

/** A worker as the budget knows it. */
export interface LeaseHolder {
  readonly worker: string;
  readonly limits: RateLimits;
  readonly busy: number;
  readonly share: number;
  /** Milliseconds since the epoch: until then nobody else gets its share. */
  readonly until: number;
}

/** What the budget hands on to its next run, and shows when it is asked. */
export interface RateBudgetState {
  readonly holders: readonly LeaseHolder[];
  /** Milliseconds since the epoch. */
  readonly pausedUntil: number;
}
