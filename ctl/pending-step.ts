import type { WorkflowExecutionDescription } from '@temporalio/client';
import { ApplicationFailure, type LoadedDataConverter } from '@temporalio/common';
import { decodeOptionalFailureToOptionalError } from '@temporalio/common/lib/internal-non-workflow/index.js';
import { DecryptionError } from '../temporal/encryption-codec.ts';

type PendingActivity = NonNullable<WorkflowExecutionDescription['raw']['pendingActivities']>[number];

/** An activity that Temporal holds for a run: what an open message waits for. Times are ISO 8601. */
export interface PendingStep {
  readonly activityId: string;
  readonly activity: string;
  readonly state: 'queued' | 'running' | 'waiting to retry' | 'cancelling' | 'paused';
  readonly attempt: number;
  readonly nextAttemptTime: string | null;
  /** `<failure type>: <message>` of the attempt before. */
  readonly lastFailure: string | null;
}

/** `temporal.api.enums.v1.PendingActivityState` */
const PROTO_STATES = { started: 2, cancelRequested: 3, paused: 4, pauseRequested: 5 } as const;

export function pendingSteps(
  description: WorkflowExecutionDescription,
  { now, converter }: { now: Date; converter: LoadedDataConverter },
): Promise<PendingStep[]> {
  const steps = (description.raw.pendingActivities ?? []).map(async (activity) => {
    const nextAttemptTime = toIso(activity.nextAttemptScheduleTime);
    return {
      activityId: activity.activityId ?? '',
      activity: activity.activityType?.name ?? '?',
      state: stateOf(activity, nextAttemptTime !== null && Date.parse(nextAttemptTime) > now.getTime()),
      attempt: activity.attempt ?? 1,
      nextAttemptTime,
      lastFailure: await describeFailure(activity.lastFailure, converter),
    };
  });
  return Promise.all(steps);
}

/**
 * `<failure type>: <message>` of the innermost failure that names a type: wrappers only say that an activity failed. One that is
 * encrypted with a key that is not here says so.
 */
export async function describeFailure(
  failure: PendingActivity['lastFailure'],
  converter: LoadedDataConverter,
): Promise<string | null> {
  try {
    const error = await decodeOptionalFailureToOptionalError(converter, failure);
    return error === undefined ? null : textOf(error);
  } catch (error) {
    if (error instanceof DecryptionError) return error.message;
    throw error;
  }
}

function textOf(error: Error): string | null {
  if (error instanceof ApplicationFailure && error.type) return `${error.type}: ${error.message}`;
  const inner = error.cause instanceof Error ? textOf(error.cause) : null;
  return inner ?? (error.message === '' ? null : error.message);
}

interface ProtoTimestamp {
  readonly seconds?: { toNumber(): number } | null;
  readonly nanos?: number | null;
}

function toIso(timestamp: ProtoTimestamp | null | undefined): string | null {
  if (!timestamp?.seconds) return null;
  return new Date(timestamp.seconds.toNumber() * 1_000 + Math.floor((timestamp.nanos ?? 0) / 1e6)).toISOString();
}

function stateOf(activity: PendingActivity, isBackingOff: boolean): PendingStep['state'] {
  const state: number | null | undefined = activity.state;
  if (state === PROTO_STATES.started) return 'running';
  if (state === PROTO_STATES.cancelRequested) return 'cancelling';
  if (state === PROTO_STATES.paused || state === PROTO_STATES.pauseRequested) return 'paused';
  return isBackingOff ? 'waiting to retry' : 'queued';
}
