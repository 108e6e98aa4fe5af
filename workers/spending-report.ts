import { setTimeout as delay } from 'node:timers/promises';
import type { Client } from '@temporalio/client';
import type { SpendingTally } from '../accounting/spending-tally.ts';
import { NOTHING_SPENT, SPENDING, type Budgets, type SpendingReport, type UsedUp } from '../contracts/spending.ts';
import type { Logger } from '../telemetry/logger.ts';
import { updateOrStart } from './update-or-start.ts';

const REPORT_EVERY_MS = 3_000;
/** How soon it is seen that a report should not wait. */
const LOOK_EVERY_MS = 200;
const ANSWER_TIMEOUT_MS = 10_000;
const LAST_REPORT_TIMEOUT_MS = 2_000;

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
  readonly onAnswer: (usedUp: UsedUp, asked: readonly string[]) => void;
  readonly logger: Logger;
}): SpendingReports {
  const { client, tally, budgets, worker, onAnswer, logger } = deps;
  const closing = new AbortController();
  const { signal } = closing;
  const reports = reportsOf(tally, { worker, budgets });
  let failing = false;

  async function tell(): Promise<void> {
    const report = reports.next();
    if (report === undefined) return;
    const usedUp = await client.withDeadline(Date.now() + ANSWER_TIMEOUT_MS, () => send(client, report, budgets));
    reports.told(report);
    onAnswer(usedUp, namesIn(report));
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
      await tellAtLast(reports, deps);
    },
  };
}

/** One after the other, each until it is told. */
interface Reports {
  /** `undefined`: there is nothing to tell. */
  next(): SpendingReport | undefined;
  told(report: SpendingReport): void;
}

function reportsOf(
  tally: SpendingTally,
  { worker, budgets }: Required<Pick<SpendingReport, 'worker' | 'budgets'>>,
): Reports {
  let sequence = 1;
  // The first one tells the budgets, and learns what the others have spent.
  let untold: SpendingReport | undefined = { worker, sequence, budgets, total: NOTHING_SPENT, tenants: [] };
  return {
    next() {
      const takings = untold === undefined ? tally.take() : undefined;
      if (takings !== undefined) untold = { worker, sequence: (sequence += 1), ...takings };
      return untold;
    },
    told(report) {
      if (untold === report) untold = undefined;
    },
  };
}

const namesIn = ({ tenants }: SpendingReport) => tenants.map(([tenant]) => tenant);

async function tellAtLast(reports: Reports, { client, logger }: { client: Client; logger: Logger }): Promise<void> {
  const account = client.workflow.getHandle(SPENDING.workflowId);
  try {
    for (let report = reports.next(); report !== undefined; report = reports.next()) {
      const last = report;
      const deadline = Date.now() + LAST_REPORT_TIMEOUT_MS;
      await client.withDeadline(deadline, () => account.signal<[SpendingReport]>(SPENDING.lastReport, last));
      reports.told(last);
    }
  } catch (error) {
    logger.warn({ err: error }, 'what was spent last could not be told: it is in no budget');
  }
}

function send(client: Client, report: SpendingReport, budgets: Budgets): Promise<UsedUp> {
  const firstArgument = { ...report, budgets };
  return updateOrStart(client, SPENDING, { name: SPENDING.report, argument: report, firstArgument });
}
