import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import type { Client } from '@temporalio/client';
import type { ProcessContext } from '../lifecycle/component.ts';
import { createBreaker, type BreakerState } from '../providers/breaker.ts';
import { OwnRates } from '../providers/own-rates.ts';
import { createProcessLimiter } from '../providers/process-limiter.ts';
import { createProviderCall } from '../providers/provider-call.ts';
import type { CallSource } from '../providers/provider-calls.ts';
import { createProvider } from '../providers/provider-factory.ts';
import type { CompletionProvider } from '../providers/provider.ts';
import { keepLease } from './budget-lease.ts';

/** One provider as this process may use it: its limiter and breaker, in step with those of all other `llm` workers. */
export interface ProviderLane extends CallSource {
  /** No more calls: what this process might have called, others may call at once. */
  leave(): Promise<void>;
}

const BREAKER_STATE: Readonly<Record<BreakerState, number>> = { closed: 0, 'half-open': 1, open: 2, paused: 3 };

export function openLane({ config: { llm }, metrics, logger }: ProcessContext, client: Client): ProviderLane {
  const { provider: name, requestsPerMinute, tokensPerMinute, maxConcurrency, tokenCounting } = llm;
  const limits = { requestsPerMinute, tokensPerMinute };
  const limiter = createProcessLimiter({ maxConcurrency, startSlowly: true });
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
  const provider = watchLimits(breaker.watch(createProvider(llm)), (seen) => {
    if (rates.learn(seen)) lease.tell({ limits: seen });
  });
  const tokenLimit = { counting: tokenCounting, perMinute: () => rates.mostTokensPerMinute };
  return {
    acquire: (signal) => breaker.acquire(signal),
    callWith: (permit) => createProviderCall(provider, permit, tokenLimit),
    snapshot: () => breaker.snapshot(),
    leave() {
      rates.close();
      return lease.leave();
    },
  };
}

function watchLimits(
  provider: CompletionProvider,
  onRateLimits: NonNullable<Parameters<CompletionProvider['complete']>[1]['onRateLimits']>,
): CompletionProvider {
  return {
    name: provider.name,
    complete: (request, call) => provider.complete(request, { ...call, onRateLimits }),
  };
}
