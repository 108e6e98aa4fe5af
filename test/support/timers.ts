import type { WorkflowHandle } from '@temporalio/client';

/** How long the timers are that a run started, in seconds. */
export function timersIn({ events }: Awaited<ReturnType<WorkflowHandle['fetchHistory']>>): number[] {
  return (events ?? []).flatMap(({ timerStartedEventAttributes: timer }) =>
    timer ? [Number(timer.startToFireTimeout?.seconds)] : [],
  );
}
