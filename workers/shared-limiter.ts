import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import type { Client } from '@temporalio/client';
import type { ProcessContext } from '../lifecycle/component.ts';
import type { Limiter } from '../providers/limiter.ts';
import { createProcessLimiter } from '../providers/process-limiter.ts';
import { keepLease } from './budget-lease.ts';

/** A process's limiter, whose share of the provider's limits is kept in step with all other `llm` workers. */
export interface SharedLimiter {
  /** Told to pause, it tells the others. */
  readonly limiter: Limiter;
  /** No more calls: what this process might have called, others may call at once. */
  readonly leave: () => Promise<void>;
}

/** Without a limit there is nothing to share, and nobody is asked. */
export function shareLimits({ config: { llm }, logger }: ProcessContext, client: Client): SharedLimiter {
  const { provider, requestsPerMinute, tokensPerMinute } = llm;
  if (requestsPerMinute === undefined && tokensPerMinute === undefined) {
    return { limiter: createProcessLimiter(llm), leave: () => Promise.resolve() };
  }
  const own = createProcessLimiter({ ...llm, share: 0 });
  const limits = { requestsPerMinute, tokensPerMinute };
  const worker = `${hostname()}:${randomUUID()}`;
  const { tellAllToPause, leave } = keepLease({ client, limiter: own, limits, provider, worker, logger });
  const limiter: Limiter = {
    acquire: (signal) => own.acquire(signal),
    reserveTokens: (tokens) => own.reserveTokens(tokens),
    pauseFor(ms) {
      own.pauseFor(ms);
      tellAllToPause(ms);
    },
    snapshot: () => own.snapshot(),
  };
  return { limiter, leave };
}
