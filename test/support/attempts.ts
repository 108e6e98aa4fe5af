import type { WorkflowHandle } from '@temporalio/client';

/** Attempts of all activities that were scheduled in the run, as its history has them. Local activities are not among them. */
export async function attemptsInHistory(handle: Pick<WorkflowHandle, 'fetchHistory'>): Promise<number> {
  const { events } = await handle.fetchHistory();
  // An activity's only started event is that of its last attempt, written with its end.
  return (events ?? []).reduce((sum, event) => sum + (event.activityTaskStartedEventAttributes?.attempt ?? 0), 0);
}
