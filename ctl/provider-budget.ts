import type { Client } from '@temporalio/client';
import { TASK_QUEUES } from '../contracts/pipeline.ts';
import { FIRST_IN_LINE } from '../contracts/priority.ts';
import { PROVIDER_NAMES } from '../contracts/provider-names.ts';
import { RATE_BUDGET, type OperatorWish, type RateBudgetState } from '../contracts/rate-budget.ts';
import { UsageError } from './command.ts';
import { queryState } from './query-state.ts';

/** A provider's rate budget, as operators read and steer it. */

/** `undefined`: no `llm` worker of the provider has run yet. Only leases that have not ended are in it. */
export async function budgetOf(provider: string, client: Client): Promise<RateBudgetState | undefined> {
  const budget = { workflowId: RATE_BUDGET.workflowId(provider), query: RATE_BUDGET.state };
  const state = await queryState<RateBudgetState>(client, budget);
  return state && { ...state, holders: state.holders.filter(({ until }) => until > Date.now()) };
}

/** Starts the budget where there is none: the wish is there before the first worker. */
export async function wish(provider: string, what: OperatorWish, client: Client): Promise<void> {
  await client.workflow.signalWithStart(RATE_BUDGET.workflowType, {
    workflowId: RATE_BUDGET.workflowId(provider),
    taskQueue: TASK_QUEUES.pipeline,
    signal: RATE_BUDGET.control,
    signalArgs: [what],
    priority: FIRST_IN_LINE,
  });
}

/** @throws {UsageError} when there is no such provider, or several to choose from. */
export function namedProvider(name: string | undefined): string {
  const known: readonly string[] = PROVIDER_NAMES;
  const list = known.join(', ');
  if (name !== undefined && !known.includes(name)) throw new UsageError(`There is no provider "${name}": ${list}.`);
  const chosen = name ?? (known.length === 1 ? known[0] : undefined);
  if (chosen === undefined) throw new UsageError(`Which provider? ${list}.`);
  return chosen;
}
