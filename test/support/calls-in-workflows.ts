import { CancelledFailure, Context } from '@temporalio/activity';
import type { ApplicationFailure, Client } from '@temporalio/client';
import { waitUntil } from '../../dev/wait-until.ts';

/** A call that lasts until it is cancelled, and whether it was. */
export function endlessCall() {
  const call = { isRunning: false, wasCancelled: false };
  const complete = async (): Promise<never> => {
    const context = Context.current();
    const beat = setInterval(() => {
      context.heartbeat();
    }, 200);
    call.isRunning = true;
    try {
      return await context.cancelled;
    } catch (error) {
      call.wasCancelled = error instanceof CancelledFailure;
      throw error;
    } finally {
      clearInterval(beat);
    }
  };
  return { call, complete };
}

/**
 * A call that fails in the moment in which it is to be cancelled, and before it hears of it: as one does that is answered with a 500
 * in the two seconds to its next heartbeat.
 */
export function callThatFails(client: Client, failure: ApplicationFailure) {
  const call = { isRunning: false };
  const complete = async (): Promise<never> => {
    call.isRunning = true;
    const { workflowId } = Context.current().info.workflowExecution ?? { workflowId: '' };
    await waitUntil('the call to be one that is to be cancelled', async () => {
      const { events } = await client.workflow.getHandle(workflowId).fetchHistory();
      return events?.some((event) => Boolean(event.activityTaskCancelRequestedEventAttributes));
    });
    throw failure;
  };
  return { call, complete };
}
