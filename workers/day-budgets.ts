import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import type { Client } from '@temporalio/client';
import { LRUCache } from 'lru-cache';
import { createBudgetGate, type DayBudgets } from '../accounting/budget-gate.ts';
import { createSpendingTally } from '../accounting/spending-tally.ts';
import { MAX_TENANTS_AT_ONCE, SPENDING, type UsedUp } from '../contracts/spending.ts';
import type { ProcessContext } from '../lifecycle/component.ts';
import { askTogether } from './ask-together.ts';
import { reportSpending } from './spending-report.ts';
import { createWakeUpTimes } from './wake-up-times.ts';

/** What the account said of a tenant so long ago still holds when a message is about to be parked by it. */
const FRESH_MS = 1_000;
const FRESH_TENANTS = 10_000;
const LOOK_TIMEOUT_MS = 2_000;
/** Messages without a tenant: no tenant has an empty name. */
const NOBODY = '';

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
    onFull: () => {
      logger.warn('the account of the day is full: what further tenants spend counts for the total budget alone');
    },
  });
  const wakeUpAt = createWakeUpTimes();
  const fresh = new LRUCache<string, true>({ max: FRESH_TENANTS, ttl: FRESH_MS });
  const onAnswer = (usedUp: UsedUp, asked: readonly string[]): void => {
    for (const tenant of [NOBODY, ...asked]) fresh.set(tenant, true);
    gate.adopt(usedUp, asked);
  };
  const worker = `${hostname()}:${randomUUID()}`;
  const reports = reportSpending({ client, tally, budgets, worker, onAnswer, logger });

  /** A query, because it leaves nothing in the account's history: other workers' reports and operators change its word. */
  const look = askTogether(async (tenants) => {
    try {
      const account = client.workflow.getHandle(SPENDING.workflowId);
      const query = () => account.query<UsedUp, [readonly string[]]>(SPENDING.usedUp, tenants);
      onAnswer(await client.withDeadline(Date.now() + LOOK_TIMEOUT_MS, query), tenants);
    } catch (error) {
      logger.debug({ err: error }, 'the account of the day could not be looked at');
    }
  }, MAX_TENANTS_AT_ONCE);

  return {
    async refusal(tenant) {
      if (gate.refusal(tenant) !== undefined && !fresh.has(tenant ?? NOBODY)) await look(tenant);
      const refusal = gate.refusal(tenant);
      if (refusal === undefined) {
        tally.expect(tenant);
        return undefined;
      }
      metrics.llm.parked.inc({ budget: refusal.budget });
      return { ...refusal, until: wakeUpAt(refusal.until) };
    },
    spent: (tenant, spent) => {
      tally.add(tenant, spent);
    },
    close: () => reports.close(),
  };
}
