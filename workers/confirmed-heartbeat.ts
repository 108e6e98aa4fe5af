import {
  ActivityCancelledError,
  ActivityNotFoundError,
  ActivityPausedError,
  ActivityResetError,
  type Client,
} from '@temporalio/client';
import type { ConfirmedHeartbeat } from '../activities/confirmed-heartbeat.ts';

const NOT_WANTED = [ActivityNotFoundError, ActivityCancelledError, ActivityResetError, ActivityPausedError];

/** Calls to Temporal: the SDK's own heartbeats are held back, two seconds or more apart. */
export function confirmedHeartbeatOf(client: Client): ConfirmedHeartbeat<unknown> {
  return async (taskToken, details) => {
    try {
      await client.activity.heartbeat(taskToken, details);
      return true;
    } catch (error) {
      if (NOT_WANTED.some((known) => error instanceof known)) return false;
      throw error;
    }
  };
}
