import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import type { Client } from '@temporalio/client';
import { createBudgetGate, type DayBudgets } from '../accounting/budget-gate.ts';
import { createSpendingTally } from '../accounting/spending-tally.ts';
import { SPENDING, type UsedUp } from '../contracts/spending.ts';
import type { ProcessContext } from '../lifecycle/component.ts';
import { reportSpending } from './spending-report.ts';
import { createWakeUpTimes } from './wake-up-times.ts';

/** What the account said so long ago still holds when a message is about to be parked by it. */
const FRESH_MS = 1_000;
const LOOK_TIMEOUT_MS = 2_000;

export interface KeptBudgets extends DayBudgets {
  /** When no call runs any more. */
  readonly close: () => Promise<void>;
}

/** The budgets of all tenants as this process sees them. Without a `BUDGETS_FILE` there are none, and nobody is asked. */
export function keepBudgets({ config, logger, metrics }: ProcessContext, client: Client): KeptBudgets | undefined {
  const { budgets } = config;
  if (budgets === undefined) return undefined;
  const tally = createSpendingTally(budgets);
  const gate = createBudgetGate({
    now: Date.now,
    onUsedUp: ({ until, ...budget }) => {
      logger.warn({ ...budget, until: new Date(until) }, 'a budget is used up: its messages are parked');
    },
  });
  const wakeUpAt = createWakeUpTimes();
  let knownAt = -Infinity;
  const onAnswer = (usedUp: UsedUp): void => {
    knownAt = performance.now();
    gate.adopt(usedUp);
  };
  const worker = `${hostname()}:${randomUUID()}`;
  const reports = reportSpending({ client, tally, budgets, worker, onAnswer, logger });

  let looking: Promise<void> | undefined;
  /** A query, because it leaves nothing in the account's history: other workers' reports and operators change its word. */
  async function look(): Promise<void> {
    try {
      const account = client.workflow.getHandle(SPENDING.workflowId);
      onAnswer(await client.withDeadline(Date.now() + LOOK_TIMEOUT_MS, () => account.query<UsedUp>(SPENDING.usedUp)));
    } catch (error) {
      logger.debug({ err: error }, 'the account of the day could not be looked at');
    } finally {
      looking = undefined;
    }
  }

  return {
    async refusal(tenant) {
      if (gate.refusal(tenant) !== undefined && performance.now() - knownAt > FRESH_MS) await (looking ??= look());
      const refusal = gate.refusal(tenant);
      if (refusal === undefined) return undefined;
      metrics.llm.parked.inc({ budget: refusal.budget });
      return { ...refusal, until: wakeUpAt(refusal.until) };
    },
    spent: (tenant, spent) => {
      tally.add(tenant, spent);
    },
    close: () => reports.close(),
  };
}
