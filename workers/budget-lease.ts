import type { Client } from '@temporalio/client';
import {
  RATE_BUDGET,
  type Lease,
  type LeaseRequest,
  type ProviderNews,
  type RateLimits,
} from '../contracts/rate-budget.ts';
import { pause } from '../lifecycle/pause.ts';
import type { Logger } from '../telemetry/logger.ts';
import { updateOrStart } from './update-or-start.ts';

/** Beyond the slowest round: a budget that takes longer is asked again. */
const ANSWER_TIMEOUT_MS = 10_000;
const RETRY_MS = 500;
const TELL_TIMEOUT_MS = 2_000;
const REPORT_ATTEMPTS = 5;

export interface BudgetLease {
  /** From now on this process has use for a share. Before, it would keep others from theirs. */
  readonly join: () => void;
  /** What all workers of the provider should know. */
  readonly tell: (news: ProviderNews) => void;
  /** No more calls: the share goes back to the others. Resolves when the budget knows, or soon anyway. */
  readonly leave: () => Promise<void>;
}

export interface LeaseKeeper {
  /** A new lease. `validMs`: milliseconds from now. */
  readonly onLease: (lease: Lease) => void;
  /** It has ended, and no new one has come. Once, until the next lease. `undefined`: there has never been one. */
  readonly onLost: (last: Lease | undefined) => void;
  /** Since the last question. */
  readonly takeUse: () => Pick<LeaseRequest, 'busy' | 'used'>;
}

export interface BudgetLeaseDeps extends LeaseKeeper {
  readonly client: Client;
  readonly provider: string;
  /** As configured. */
  readonly limits: RateLimits;
  /** Unique among all workers that ever ask. */
  readonly worker: string;
  readonly logger: Logger;
}

/** Asks the provider's rate budget for one lease after the other, once it has joined, and starts the budget when there is none. */
export function keepLease(deps: BudgetLeaseDeps): BudgetLease {
  const { worker, limits, logger } = deps;
  const leaving = new AbortController();
  const { signal } = leaving;
  let current: Lease | undefined;
  let expiry: NodeJS.Timeout | undefined;
  let told = Promise.resolve();

  function lose(): void {
    deps.onLost(current);
    if (current !== undefined) logger.warn('the rate budget does not answer: going on with a safe share');
  }

  function adopt(lease: Lease, askedAt: number): void {
    clearTimeout(expiry);
    current = lease;
    deps.onLease(lease);
    expiry = setTimeout(lose, Math.max(0, askedAt + lease.validMs - performance.now()));
  }

  async function askUntilLeft(): Promise<void> {
    // Somebody new has use for all it gets.
    let use = { ...deps.takeUse(), busy: 1 };
    for (let question = 1; !signal.aborted; question += 1) {
      const askedAt = performance.now();
      const lease = await askUntilAnswered(deps, {
        id: `${worker}:${String(question)}`,
        ask: { worker, limits, ...use },
        signal,
      });
      if (lease === undefined) return;
      adopt(lease, askedAt);
      await pause(lease.askAgainInMs, signal);
      use = deps.takeUse();
    }
  }

  return {
    join() {
      expiry = setTimeout(lose, ANSWER_TIMEOUT_MS);
      void askUntilLeft();
    },
    tell(news) {
      // A refusal has to be known at once. A breaker that closed must not be heard of before it opened.
      if (news.refused !== undefined) void report(deps, news, signal);
      else told = told.then(() => report(deps, news, signal));
    },
    async leave() {
      leaving.abort();
      clearTimeout(expiry);
      // Otherwise the lease ends by itself.
      await tell(deps, RATE_BUDGET.leave, worker).catch(() => undefined);
    },
  };
}

/**
 * The same question, under the same id, until it is answered: Temporal lets ten updates of a workflow wait, and those that
 * nobody waits for any more would fill it. `undefined`: the worker has left.
 */
async function askUntilAnswered(
  deps: BudgetLeaseDeps,
  { id, ask, signal }: { id: string; ask: LeaseRequest; signal: AbortSignal },
): Promise<Lease | undefined> {
  while (!signal.aborted) {
    try {
      const lease = await askOnce(deps, id, ask);
      return isAborted(signal) ? undefined : lease;
    } catch (error) {
      deps.logger.debug({ error }, 'the rate budget did not answer');
      await pause(RETRY_MS, signal);
    }
  }
  return undefined;
}

/** Nothing says it again: a breaker that opened, for example. Only a refusal is told once: heard twice it would count as two. */
async function report(deps: BudgetLeaseDeps, news: ProviderNews, signal: AbortSignal): Promise<void> {
  const attempts = news.refused === undefined ? REPORT_ATTEMPTS : 1;
  for (let attempt = 1; ; attempt += 1) {
    try {
      await tell(deps, RATE_BUDGET.report, deps.worker, news);
      return;
    } catch (error) {
      if (attempt < attempts && !isAborted(signal)) await pause(RETRY_MS, signal);
      else {
        deps.logger.warn({ error, news }, 'the rate budget could not be told what the other workers should know');
        return;
      }
    }
  }
}

function askOnce({ client, provider }: BudgetLeaseDeps, updateId: string, request: LeaseRequest): Promise<Lease> {
  const { workflowType, workflowId, lease: name } = RATE_BUDGET;
  const budget = { workflowType, workflowId: workflowId(provider) };
  return client.withDeadline(Date.now() + ANSWER_TIMEOUT_MS, () =>
    updateOrStart<Lease, LeaseRequest>(client, budget, { name, argument: request, updateId }),
  );
}

/** Not `signal.aborted` itself: the compiler takes it for what it was before the wait. */
function isAborted(signal: AbortSignal): boolean {
  return signal.aborted;
}

function tell({ client, provider }: BudgetLeaseDeps, signal: string, ...args: unknown[]): Promise<void> {
  const budget = client.workflow.getHandle(RATE_BUDGET.workflowId(provider));
  return client.withDeadline(Date.now() + TELL_TIMEOUT_MS, () => budget.signal(signal, ...args));
}
