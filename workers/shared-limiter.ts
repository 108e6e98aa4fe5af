import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import type { Client } from '@temporalio/client';
import type { Config } from '../config/load.ts';
import type { RateLimits } from '../contracts/rate-budget.ts';
import type { ProcessContext } from '../lifecycle/component.ts';
import type { Limiter } from '../providers/limiter.ts';
import { createProcessLimiter } from '../providers/process-limiter.ts';
import { keepLease } from './budget-lease.ts';

/** A process's limiter, whose share of the provider's limits is kept in step with all other `llm` workers. */
export interface SharedLimiter {
  readonly limiter: Limiter;
  /** The provider said that it gets too much: all workers should make no call for this long (milliseconds). */
  readonly tellAllToPause: (ms: number) => void;
  /** No more calls: what this process might have called, others may call at once. */
  readonly leave: () => Promise<void>;
}

/** Without a limit there is nothing to share, and nobody is asked. */
export function shareLimits({ config: { llm }, logger }: ProcessContext, client: Client): SharedLimiter {
  const limits = limitsOf(llm);
  if (limits === undefined) {
    return {
      limiter: createProcessLimiter(llm),
      tellAllToPause: () => undefined,
      leave: () => Promise.resolve(),
    };
  }
  const limiter = createProcessLimiter({ ...llm, share: 0 });
  const worker = `${hostname()}:${randomUUID()}`;
  const { tellAllToPause, leave } = keepLease({ client, limiter, limits, provider: llm.provider, worker, logger });
  return { limiter, tellAllToPause, leave };
}

function limitsOf({ requestsPerMinute, tokensPerMinute }: Config['llm']): RateLimits | undefined {
  if (requestsPerMinute === undefined && tokensPerMinute === undefined) return undefined;
  return {
    ...(requestsPerMinute !== undefined && { requestsPerMinute }),
    ...(tokensPerMinute !== undefined && { tokensPerMinute }),
  };
}
