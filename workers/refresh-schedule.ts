import {
  ScheduleAlreadyRunning,
  ScheduleNotFoundError,
  ScheduleOverlapPolicy,
  type Client,
  type ScheduleUpdateOptions,
} from '@temporalio/client';
import { TASK_QUEUES } from '../contracts/pipeline.ts';

/** An outside name. */
export const REFRESH_SCHEDULE_ID = 'refresh-examples';

/**
 * Makes the refresh schedule what the configuration says; doing it twice, or in two workers at once, changes nothing.
 * A new schedule runs at once, so that the first examples need not wait for the interval. One that an operator paused
 * stays paused. Without a source there is none: an existing one is deleted, the sets in the topic stay in use.
 */
export async function ensureRefreshSchedule(
  client: Client,
  options: { intervalMs: number; hasSource: boolean },
): Promise<void> {
  const handle = client.schedule.getHandle(REFRESH_SCHEDULE_ID);
  if (!options.hasSource) {
    await handle.delete().catch(ignore(ScheduleNotFoundError));
    return;
  }
  const schedule = definition(options.intervalMs);
  try {
    await client.schedule.create({
      scheduleId: REFRESH_SCHEDULE_ID,
      ...schedule,
      state: { triggerImmediately: true },
    });
  } catch (error) {
    ignore(ScheduleAlreadyRunning)(error);
    await handle.update(({ state }) => ({ ...schedule, state }));
  }
}

function definition(intervalMs: number) {
  return {
    spec: { intervals: [{ every: intervalMs }] },
    action: {
      type: 'startWorkflow',
      workflowType: 'refreshExamples',
      workflowId: REFRESH_SCHEDULE_ID,
      taskQueue: TASK_QUEUES.examples,
      args: [],
    },
    policies: {
      // A run that waits for a worker or the source is enough: a second one would only wait with it.
      overlap: ScheduleOverlapPolicy.SKIP,
      // After an outage one refresh makes up for all that were missed; the default of a year would start every one.
      catchupWindow: '30 minutes',
      // A bad source is mended outside; the next run has to see that by itself.
      pauseOnFailure: false,
    },
  } satisfies Omit<ScheduleUpdateOptions, 'state'>;
}

function ignore(expected: new (...args: never[]) => Error): (error: unknown) => void {
  return (error) => {
    if (!(error instanceof expected)) throw error;
  };
}
