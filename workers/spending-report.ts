import { setTimeout as delay } from 'node:timers/promises';
import { WithStartWorkflowOperation, WorkflowNotFoundError, type Client } from '@temporalio/client';
import type { Workflow } from '@temporalio/common';
import type { SpendingTally } from '../accounting/spending-tally.ts';
import { TASK_QUEUES } from '../contracts/pipeline.ts';
import { NOTHING_SPENT, SPENDING, type Budgets, type SpendingReport, type UsedUp } from '../contracts/spending.ts';
import type { Logger } from '../telemetry/logger.ts';

const REPORT_EVERY_MS = 3_000;
/** How soon it is seen that a report should not wait. */
const LOOK_EVERY_MS = 200;
const ANSWER_TIMEOUT_MS = 10_000;
const LAST_REPORT_TIMEOUT_MS = 2_000;
/** The account's tasks must not wait behind those of a backlog. */
const FIRST = { priorityKey: 1 };

export interface SpendingReports {
  /** Tells what is left to tell. Resolves when the account knows, or soon anyway. */
  close(): Promise<void>;
}

/**
 * Tells the account what was spent in this process: every three seconds, when something was, and within 200 ms when it is much
 * of a budget. What could not be told is told again under the same number, so that it counts once.
 */
export function reportSpending(deps: {
  readonly client: Client;
  readonly tally: SpendingTally;
  readonly budgets: Budgets;
  /** Unique among all workers that ever report. */
  readonly worker: string;
  readonly onAnswer: (usedUp: UsedUp) => void;
  readonly logger: Logger;
}): SpendingReports {
  const { client, tally, budgets, worker, onAnswer, logger } = deps;
  const closing = new AbortController();
  const { signal } = closing;
  // The first one tells the budgets, and learns what the others have spent.
  let untold: SpendingReport | undefined = { worker, sequence: 1, budgets, total: NOTHING_SPENT, tenants: [] };
  let sequence = 1;
  let failing = false;

  function nextReport(): SpendingReport | undefined {
    const takings = tally.take();
    if (takings === undefined) return undefined;
    sequence += 1;
    return { worker, sequence, ...takings };
  }

  async function tell(): Promise<void> {
    untold ??= nextReport();
    if (untold === undefined) return;
    const report = untold;
    onAnswer(await client.withDeadline(Date.now() + ANSWER_TIMEOUT_MS, () => send(client, report, budgets)));
    untold = undefined;
  }

  async function tellOrWarn(): Promise<void> {
    try {
      await tell();
      if (failing) logger.info('the account of the day answers again');
      failing = false;
    } catch (error) {
      if (!failing) logger.warn({ err: error }, 'the account of the day does not answer: budgets hold as last known');
      failing = true;
    }
  }

  async function untilNextReport(): Promise<void> {
    const dueAt = performance.now() + REPORT_EVERY_MS;
    while (performance.now() < dueAt && (failing || !tally.isUrgent)) {
      await delay(LOOK_EVERY_MS, undefined, { signal });
    }
  }

  async function reportUntilClosed(): Promise<void> {
    while (!signal.aborted) {
      await tellOrWarn();
      await untilNextReport().catch(() => undefined);
    }
  }

  void reportUntilClosed();
  return {
    async close() {
      closing.abort();
      // One that is on its way may not arrive; with the same number it counts once all the same.
      await tellAtLast([untold, nextReport()], deps);
    },
  };
}

async function tellAtLast(
  reports: readonly (SpendingReport | undefined)[],
  { client, logger }: { client: Client; logger: Logger },
): Promise<void> {
  const account = client.workflow.getHandle(SPENDING.workflowId);
  try {
    for (const report of reports.filter((one) => one !== undefined)) {
      const deadline = Date.now() + LAST_REPORT_TIMEOUT_MS;
      await client.withDeadline(deadline, () => account.signal<[SpendingReport]>(SPENDING.lastReport, report));
    }
  } catch (error) {
    logger.warn({ err: error }, 'what was spent last could not be told: it is in no budget');
  }
}

async function send(client: Client, report: SpendingReport, budgets: Budgets): Promise<UsedUp> {
  const { workflowType, workflowId, report: name } = SPENDING;
  try {
    const account = client.workflow.getHandle(workflowId);
    return await account.executeUpdate<UsedUp, [SpendingReport]>(name, { args: [report] });
  } catch (error) {
    if (!(error instanceof WorkflowNotFoundError)) throw error;
    return client.workflow.executeUpdateWithStart<Workflow, UsedUp, [SpendingReport]>(name, {
      args: [{ ...report, budgets }],
      startWorkflowOperation: new WithStartWorkflowOperation(workflowType, {
        workflowId,
        taskQueue: TASK_QUEUES.pipeline,
        args: [],
        workflowIdConflictPolicy: 'USE_EXISTING',
        priority: FIRST,
      }),
    });
  }
}
