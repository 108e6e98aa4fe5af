import type { WorkflowExecutionDescription } from '@temporalio/client';
import { defaultDataConverter } from '@temporalio/common';
import { describeFailure, pendingSteps } from '../../../ctl/pending-step.ts';

const converter = defaultDataConverter;
const now = new Date('2026-01-01T00:00:00Z');
const seconds = (date: string) => ({ seconds: { toNumber: () => Date.parse(date) / 1_000 }, nanos: 500_000_000 });

describe('where an open message stands', () => {
  test.each([
    ['queued', { state: 1 }],
    ['waiting to retry', { state: 1, nextAttemptScheduleTime: seconds('2026-01-01T00:05:00Z') }],
    // The time stays set once it has passed: the task is in the queue, and a retry would win nothing.
    ['queued', { state: 1, nextAttemptScheduleTime: seconds('2025-12-31T23:59:00Z') }],
    ['running', { state: 2 }],
    ['cancelling', { state: 3 }],
    ['paused', { state: 4 }],
    ['paused', { state: 5 }],
  ])('%s: %j', async (expected, activity) => {
    expect((await stepOf(activity)).state).toBe(expected);
  });

  test('names the activity, its attempt, the time of the next and the last failure', async () => {
    const step = await stepOf({
      activityId: '7',
      activityType: { name: 'complete' },
      state: 1,
      attempt: 3,
      nextAttemptScheduleTime: seconds('2026-01-01T00:05:00Z'),
      lastFailure: { message: 'slow down', applicationFailureInfo: { type: 'Provider.RateLimited' } },
    });
    expect(step).toEqual({
      activityId: '7',
      activity: 'complete',
      state: 'waiting to retry',
      attempt: 3,
      nextAttemptTime: '2026-01-01T00:05:00.500Z',
      lastFailure: 'Provider.RateLimited: slow down',
    });
  });
});

describe('a failure in one line', () => {
  test('is the one that names a type, not the wrapper around it', async () => {
    const cause = { message: 'not JSON', applicationFailureInfo: { type: 'Output.Invalid' } };
    expect(await describeFailure({ message: 'Activity task failed', cause }, converter)).toBe(
      'Output.Invalid: not JSON',
    );
  });

  test('is the innermost message where none has a type', async () => {
    const failure = { message: 'outer', cause: { message: 'heartbeat timeout' } };
    expect(await describeFailure(failure, converter)).toBe('heartbeat timeout');
  });
});

async function stepOf(activity: object) {
  const description = { raw: { pendingActivities: [activity] } } as unknown as WorkflowExecutionDescription;
  return (await pendingSteps(description, { now, converter }))[0]!;
}
