import type { DayBudgets } from '../accounting/budget-gate.ts';
import type { AttemptsMade, CompleteInput, ParkedMessage } from '../contracts/pipeline.ts';

/** That the message has to wait, because a budget is used up. `undefined`: go on. */
export async function parkedBy(
  budgets: Pick<DayBudgets, 'refusal'> | undefined,
  { beyondBudget, tenant }: CompleteInput,
  { attempts, paidAttempts }: AttemptsMade,
): Promise<ParkedMessage | undefined> {
  const refusal = beyondBudget === true ? undefined : await budgets?.refusal(tenant);
  if (refusal === undefined) return undefined;
  const { until, because } = refusal;
  return { kind: 'parked', until, because, attempts, paidAttempts };
}
