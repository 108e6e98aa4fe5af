import { setTimeout as delay } from 'node:timers/promises';
import { WorkflowNotFoundError } from '@temporalio/client';
import { RESUME_SIGNAL } from '../contracts/pipeline.ts';
import { SPENDING } from '../contracts/spending.ts';
import { runOnMessages, type BulkAction } from './bulk.ts';
import { RefusedError, UsageError, type CommandArguments, type CommandContext } from './command.ts';
import { stateOf } from './run-summary.ts';
import { parkedOf } from './visibility-query.ts';

/**
 * A worker goes by what the account said a second ago, and search lags by another: what is parked just after a budget was
 * lifted is found when so much has passed.
 */
const SETTLED_AFTER_MS = 2_500;

/** These messages go on now, and no budget holds for them any more. */
export function resumeMessages(args: CommandArguments, context: CommandContext): Promise<boolean> {
  return runOnMessages(resumeAction, args, context);
}

/** No budget holds for the tenant until the day ends; its parked messages go on. */
export async function resumeTenant(args: CommandArguments, context: CommandContext): Promise<boolean> {
  const [tenant, ...others] = args.positionals;
  if (tenant === undefined || others.length > 0 || Object.keys(args.values).length > 0) {
    throw new UsageError('resume tenant takes one NAME, and no options.');
  }
  try {
    await context.client.workflow.getHandle(SPENDING.workflowId).signal(SPENDING.lift, tenant);
  } catch (error) {
    if (error instanceof WorkflowNotFoundError)
      throw new RefusedError('No budgets are kept: there is nothing to lift.');
    throw error;
  }
  context.output.result(`${tenant}: no budget holds until the day ends`);
  await delay(SETTLED_AFTER_MS);
  return runOnMessages(resumeAction, { positionals: [], values: { query: parkedOf(tenant), yes: true } }, context);
}

const resumeAction: BulkAction = {
  verb: 'resume',
  actsOn: 'open',
  act: async (run, { client }) => {
    const state = stateOf(run);
    if (state !== 'parked') throw new RefusedError(`${run.workflowId} is not parked: ${state}.`);
    await client.workflow.getHandle(run.workflowId, run.runId).signal(RESUME_SIGNAL);
    return `${run.workflowId}: goes on`;
  },
};
