import type { Client } from '@temporalio/client';
import { CEILING_BUDGET, RATE_BUDGET, type OperatorWish, type RateBudgetState } from '../contracts/rate-budget.ts';
import { UsageError } from './command.ts';
import { queryState } from './query-state.ts';

/** A provider's rate budget, as operators read and steer it. */

/** `undefined`: no `llm` worker of the provider has run yet. Only leases that have not ended are in it. */
export async function budgetOf(provider: string, client: Client): Promise<RateBudgetState | undefined> {
  const budget = { workflowId: RATE_BUDGET.workflowId(provider), query: RATE_BUDGET.state };
  const state = await queryState<RateBudgetState>(client, budget);
  return state && { ...state, holders: state.holders.filter(({ until }) => until > Date.now()) };
}

export async function wish(provider: string, what: OperatorWish, client: Client): Promise<void> {
  await client.workflow.getHandle(RATE_BUDGET.workflowId(provider)).signal(RATE_BUDGET.control, what);
}

/** Whose `llm` workers have run, by name; some seconds after they did. */
export async function knownBudgets(client: Client): Promise<string[]> {
  const query = `WorkflowType = '${RATE_BUDGET.workflowType}' AND ExecutionStatus = 'Running'`;
  const names: string[] = [];
  for await (const { workflowId } of client.workflow.list({ query })) {
    names.push(workflowId.slice(RATE_BUDGET.workflowId('').length));
  }
  return names.sort();
}

/** @throws {UsageError} when there is no such budget, or several to choose from. */
export async function namedBudget(name: string | undefined, client: Client): Promise<string> {
  if (name !== undefined && (await budgetOf(name, client)) !== undefined) return name;
  const known = await knownBudgets(client);
  const list = known.join(', ') || 'no llm worker has run yet';
  if (name !== undefined) throw new UsageError(`There is no provider "${name}": ${list}.`);
  const [only, ...others] = known.filter((one) => one !== CEILING_BUDGET);
  if (only === undefined || others.length > 0) throw new UsageError(`Which provider? ${list}.`);
  return only;
}
