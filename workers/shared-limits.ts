import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import type { Client } from '@temporalio/client';
import type { RateLimits } from '../contracts/rate-budget.ts';
import type { ProcessContext } from '../lifecycle/component.ts';
import { createBreaker, type Breaker, type BreakerState } from '../providers/breaker.ts';
import { OwnRates } from '../providers/own-rates.ts';
import { createProcessLimiter } from '../providers/process-limiter.ts';
import { keepLease } from './budget-lease.ts';

/** This process's part of limits that all `llm` workers share, by the rate budget of that name. */
export interface SharedLimits {
  readonly limiter: Breaker;
  /** More than a call can ever take. */
  readonly mostTokensPerMinute: () => number | undefined;
  /** What the provider says of its limits. */
  readonly learn: (limits: RateLimits) => void;
  /** From now on calls are made. */
  readonly join: () => void;
  /** No more calls: what this process might have called, others may call at once. */
  readonly leave: () => Promise<void>;
}

export interface SharedLimitsOptions {
  /** Of the rate budget. */
  readonly name: string;
  /** As configured, of all workers together. */
  readonly limits: RateLimits;
  /** Of this process. */
  readonly maxConcurrency: number;
  /** `false`: others bound how many permits wait unused. */
  readonly boundsUnused?: boolean;
}

const BREAKER_STATE: Readonly<Record<BreakerState, number>> = { closed: 0, 'half-open': 1, open: 2, paused: 3 };

export function shareLimits(
  { metrics, logger: processLogger }: ProcessContext,
  client: Client,
  { name, limits, maxConcurrency, boundsUnused = true }: SharedLimitsOptions,
): SharedLimits {
  const logger = processLogger.child({ provider: name });
  const limiter = createProcessLimiter({ maxConcurrency, startSlowly: true, boundsUnused });
  const rates = new OwnRates({
    limiter,
    configured: limits,
    onChange(own) {
      metrics.llm.rate.set({ provider: name, limit: 'requests' }, own.requestsPerMinute ?? Infinity);
      metrics.llm.rate.set({ provider: name, limit: 'tokens' }, own.tokensPerMinute ?? Infinity);
    },
  });
  const breaker = createBreaker({
    limiter,
    onChange(state, because) {
      metrics.llm.breakerState.set({ provider: name }, BREAKER_STATE[state]);
      if (because !== undefined) logger.warn({ because }, 'the provider cannot help anybody: no more calls but probes');
      if (state === 'paused') logger.warn('calls are paused by an operator');
      if (state === 'closed') logger.info('calls go out again');
    },
    onNews(news) {
      lease.tell(news);
    },
  });
  const lease = keepLease({
    client,
    provider: name,
    limits,
    worker: `${hostname()}:${randomUUID()}`,
    logger,
    onLease(granted) {
      rates.adopt(granted);
      breaker.follow(granted.gate);
    },
    onLost(last) {
      rates.lose(last);
      breaker.followNobody();
    },
    takeUse() {
      const { busy, ...used } = limiter.takeUse();
      return { busy, used };
    },
  });
  return {
    limiter: breaker,
    mostTokensPerMinute: () => rates.mostTokensPerMinute,
    learn(seen) {
      if (rates.learn(seen)) lease.tell({ limits: seen });
    },
    join: lease.join,
    leave() {
      rates.close();
      return lease.leave();
    },
  };
}
