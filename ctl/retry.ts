import type { Client, WorkflowExecutionDescription } from '@temporalio/client';
import { runOnMessages, type BulkAction } from './bulk.ts';
import { RefusedError, type Command } from './command.ts';
import { pendingSteps } from './pending-step.ts';
import { restartMessage } from './restart-message.ts';
import { stateOf } from './run-summary.ts';
import { formatDuration } from './table.ts';

export const retry: Command = {
  name: 'retry',
  summary: 'open: try again now instead of later; ended without a result: run again',
  help: `ctl retry ID… | ctl retry --query Q [--yes]

An open message whose step waits for its next attempt is tried at once, its count of attempts
starting over. A failed, cancelled, terminated or timed-out one is started again, under the same
workflow id, with the input that Temporal recorded. One that ended with a result is refused.

  --query Q   every message that matches a Temporal list filter, for example 'FailureType = "Output.Invalid"'
  --yes       do not ask before retrying what --query found`,
  options: { query: { type: 'string' }, yes: { type: 'boolean' } },
  run: (args, context) => runOnMessages(retryAction, args, context),
};

export const retryAction: BulkAction = {
  verb: 'retry',
  actsOn: 'open or failed',
  act: async (run, { client }) => {
    if (run.status.name === 'RUNNING') return retryNow(client, run);
    if (run.status.name === 'COMPLETED') throw new RefusedError(`${run.workflowId} has ended with a result.`);
    const newRunId = await restartMessage(client, run);
    return `${run.workflowId} was ${stateOf(run)}: started again as run ${newRunId}`;
  },
};

/** Temporal's activity reset: the back-off ends now, and a paused activity goes on. Heartbeat details stay. */
async function retryNow(client: Client, run: WorkflowExecutionDescription): Promise<string> {
  const { workflowId, runId } = run;
  const now = new Date();
  const steps = await pendingSteps(run, { now, converter: client.options.loadedDataConverter });
  const waiting = steps.filter(({ state }) => state === 'waiting to retry' || state === 'paused');
  if (waiting.length === 0) {
    const busy = steps.map(({ activity, state }) => `${activity} is ${state}`).join(', ');
    throw new RefusedError(`${workflowId} is open and waits for no retry (${busy || 'between steps'}).`);
  }
  for (const { activityId } of waiting) {
    await client.workflowService.resetActivity({
      namespace: client.options.namespace,
      identity: client.options.identity,
      execution: { workflowId, runId },
      id: activityId,
    });
  }
  const [first] = waiting;
  const saved = first?.nextAttemptTime ? Date.parse(first.nextAttemptTime) - now.getTime() : 0;
  const names = waiting.map(({ activity }) => activity).join(', ');
  return `${workflowId}: ${names} is tried now${saved > 0 ? `, ${formatDuration(saved)} earlier` : ''}`;
}
