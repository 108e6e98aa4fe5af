import { runOnMessages, type BulkAction } from './bulk.ts';
import { RefusedError, type Command } from './command.ts';
import { stateOf } from './run-summary.ts';

export const cancel: Command = {
  name: 'cancel',
  summary: 'stop open messages: the provider call is aborted, a Cancelled dead letter is written',
  help: `ctl cancel ID… | ctl cancel --query Q [--yes]

Asks Temporal to cancel; the workflow closes the provider call and writes the dead letter within seconds.
A message that has already ended is refused.

  --query Q   every open message that matches a Temporal list filter, for example 'Tenant = "acme"'
  --yes       do not ask before cancelling what --query found`,
  options: { query: { type: 'string' }, yes: { type: 'boolean' } },
  run: (args, context) => runOnMessages(cancelAction, args, context),
};

export const cancelAction: BulkAction = {
  verb: 'cancel',
  actsOn: 'open',
  act: async (run, { client }) => {
    if (run.status.name !== 'RUNNING') throw new RefusedError(`${run.workflowId} has ended: ${stateOf(run)}.`);
    // With the run's ID: a retry that starts a new run in between is not what the operator meant to cancel.
    await client.workflow.getHandle(run.workflowId, run.runId).cancel();
    return `${run.workflowId}: cancellation requested`;
  },
};
