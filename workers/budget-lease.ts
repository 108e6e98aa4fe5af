import { setTimeout as delay } from 'node:timers/promises';
import { WithStartWorkflowOperation, WorkflowNotFoundError, type Client } from '@temporalio/client';
import type { Workflow } from '@temporalio/common';
import { TASK_QUEUES } from '../contracts/pipeline.ts';
import { RATE_BUDGET, type Lease, type LeaseRequest, type RateLimits } from '../contracts/rate-budget.ts';
import type { Logger } from '../telemetry/logger.ts';
import type { ShareableLimiter } from '../providers/limiter.ts';

/** Beyond the slowest round: a budget that takes longer is asked anew. */
const ANSWER_TIMEOUT_MS = 10_000;
const RETRY_MS = 500;
const TELL_TIMEOUT_MS = 2_000;
const SAME_PAUSE_MS = 250;
/** What a worker makes of its last share when the budget does not answer: others may have been given the rest. */
const SAFE_PART = 0.5;
/** As if it had had this share before it ever got one. */
const FIRST_SHARE = 0.2;
/** For the budget itself: a workflow task of it must not wait behind those of a backlog. */
const FIRST = { priorityKey: 1 };

export interface BudgetLease {
  /** Every worker of the provider should make no call for this long (milliseconds). */
  readonly tellAllToPause: (ms: number) => void;
  /** No more calls: the share goes back to the others. Resolves when the budget knows, or soon anyway. */
  readonly leave: () => Promise<void>;
}

export interface BudgetLeaseDeps {
  readonly client: Client;
  readonly limiter: Pick<ShareableLimiter, 'setShare' | 'takeBusy' | 'pauseFor'>;
  readonly provider: string;
  readonly limits: RateLimits;
  /** Unique among all workers that ever ask. */
  readonly worker: string;
  readonly logger: Logger;
}

/**
 * Keeps the limiter's share of the provider's limits what the budget says, and starts the budget when there is none. The
 * limiter should have no share before. Without an answer a worker keeps half of what it had, so that work goes on slower.
 */
export function keepLease(deps: BudgetLeaseDeps): BudgetLease {
  const { limiter, logger, worker } = deps;
  const leaving = new AbortController();
  const { signal } = leaving;
  let lost = false;
  let toldUntil = -Infinity;
  let expiry: NodeJS.Timeout | undefined;

  function expireIn(ms: number, share: number): void {
    clearTimeout(expiry);
    expiry = setTimeout(() => {
      lost = true;
      limiter.setShare(share * SAFE_PART, 0);
      logger.warn({ share: share * SAFE_PART }, 'the rate budget does not answer: going on with a safe share');
    }, ms);
  }

  function adopt({ share, phase, validMs, pauseMs }: Lease, askedAt: number): void {
    limiter.setShare(share, phase);
    if (pauseMs > 0) limiter.pauseFor(pauseMs);
    expireIn(Math.max(0, askedAt + validMs - performance.now()), share);
    if (lost) logger.info({ share }, 'the rate budget answers again');
    lost = false;
  }

  async function askUntilLeft(): Promise<void> {
    // Somebody new has use for all it gets.
    let busy = 1;
    while (!signal.aborted) {
      const askedAt = performance.now();
      try {
        const lease = await ask(deps, { worker, limits: deps.limits, busy });
        adopt(lease, askedAt);
        await delay(lease.askAgainInMs, undefined, { signal });
        busy = limiter.takeBusy();
      } catch (error) {
        if (isAborted(signal)) return;
        logger.debug({ error }, 'the rate budget did not answer');
        await delay(RETRY_MS, undefined, { signal }).catch(() => undefined);
      }
    }
  }

  expireIn(ANSWER_TIMEOUT_MS, FIRST_SHARE);
  const asking = askUntilLeft();
  return {
    tellAllToPause(ms) {
      // Of a burst of refusals one is enough.
      if (performance.now() + ms <= toldUntil + SAME_PAUSE_MS) return;
      toldUntil = performance.now() + ms;
      tell(deps, RATE_BUDGET.pause, ms).catch((error: unknown) => {
        logger.warn({ error }, 'the rate budget could not be told of a refusal: the other workers will meet their own');
      });
    },
    async leave() {
      leaving.abort();
      clearTimeout(expiry);
      limiter.setShare(0, 0);
      await asking;
      // Otherwise the lease ends by itself.
      await tell(deps, RATE_BUDGET.leave, worker).catch(() => undefined);
    },
  };
}

function ask({ client, provider }: BudgetLeaseDeps, request: LeaseRequest): Promise<Lease> {
  const workflowId = RATE_BUDGET.workflowId(provider);
  const args: [LeaseRequest] = [request];
  return client.withDeadline(Date.now() + ANSWER_TIMEOUT_MS, async () => {
    try {
      return await client.workflow
        .getHandle(workflowId)
        .executeUpdate<Lease, [LeaseRequest]>(RATE_BUDGET.lease, { args });
    } catch (error) {
      if (!(error instanceof WorkflowNotFoundError)) throw error;
      return client.workflow.executeUpdateWithStart<Workflow, Lease, [LeaseRequest]>(RATE_BUDGET.lease, {
        args,
        startWorkflowOperation: newBudget(workflowId),
      });
    }
  });
}

/** Not `signal.aborted` itself: the compiler takes it for what it was before the wait. */
function isAborted(signal: AbortSignal): boolean {
  return signal.aborted;
}

function newBudget(workflowId: string) {
  return new WithStartWorkflowOperation(RATE_BUDGET.workflowType, {
    workflowId,
    taskQueue: TASK_QUEUES.pipeline,
    args: [],
    workflowIdConflictPolicy: 'USE_EXISTING',
    priority: FIRST,
  });
}

function tell({ client, provider }: BudgetLeaseDeps, signal: string, argument: string | number): Promise<void> {
  const budget = client.workflow.getHandle(RATE_BUDGET.workflowId(provider));
  return client.withDeadline(Date.now() + TELL_TIMEOUT_MS, () => budget.signal(signal, argument));
}
