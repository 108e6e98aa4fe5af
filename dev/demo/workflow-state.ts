import { WorkflowNotFoundError, type Client, type WorkflowExecutionDescription } from '@temporalio/client';

/** Where a message stands, as Temporal shows it to anybody. */
export interface WorkflowState {
  /** Changes only when something happened: a line in a log is worth it. */
  readonly phase: string;
  /** With what changes every second. */
  readonly text: string;
}

/** `temporal.api.enums.v1.PendingActivityState` */
const STARTED = 2;

/** `undefined`: there is no such workflow (yet). */
export async function describeState(client: Client, workflowId: string): Promise<WorkflowState | undefined> {
  try {
    return toState(await client.workflow.getHandle(workflowId).describe(), Date.now());
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return undefined;
    throw error;
  }
}

export function toState(
  { status, raw }: Pick<WorkflowExecutionDescription, 'status' | 'raw'>,
  nowMs: number,
): WorkflowState {
  if (status.name !== 'RUNNING') return same(status.name.toLowerCase());
  const pending = raw.pendingActivities?.find(({ activityType }) => activityType?.name === 'complete');
  if (pending === undefined) return same('in its workflow');
  const attempt = pending.attempt ?? 1;
  const again = attempt > 1 ? `, attempt ${String(attempt)}` : '';
  if (Number(pending.state) === STARTED) return same(`asking the LLM${again}`);
  if (attempt === 1) return same('waits for a permit');
  const failure = pending.lastFailure;
  const why = failure?.applicationFailureInfo?.type ?? failure?.message ?? 'a failure';
  const next = pending.nextAttemptScheduleTime ?? pending.scheduledTime;
  // The seconds are a 64-bit integer object that knows how to print itself.
  const inSeconds = Math.max(0, Number(String(next?.seconds ?? 0)) - nowMs / 1_000);
  const phase = `waits after ${why}${again}`;
  return { phase, text: inSeconds > 0 ? `${phase} in ${String(Math.ceil(inSeconds))} s` : phase };
}

const same = (text: string): WorkflowState => ({ phase: text, text });
