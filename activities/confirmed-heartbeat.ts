import { Context } from '@temporalio/activity';
import type { CallHeartbeat } from './heartbeat.ts';

/**
 * A heartbeat that resolves when Temporal has it, details and all: the SDK's own are sent at its leisure. `false`: the attempt is
 * not wanted any more.
 */
export type ConfirmedHeartbeat<Details> = (taskToken: Uint8Array, details: Details) => Promise<boolean>;

/** The SDK learns of a cancellation by a heartbeat of its own, within seconds. */
const CANCELLATION_LIMIT_MS = 15_000;

/**
 * Resolves when Temporal has these details and wants the attempt to go on. A cancellation ends the wait.
 * @throws what the heartbeat failed with: Temporal may have the details all the same.
 */
export async function confirm(
  confirmedHeartbeat: ConfirmedHeartbeat<CallHeartbeat>,
  details: CallHeartbeat,
): Promise<void> {
  const context = Context.current();
  // What the SDK was told last it sends once more, should the attempt fail: that must not be older.
  context.heartbeat(details);
  const isWanted = confirmedHeartbeat(context.info.taskToken, details);
  if (!(await Promise.race([isWanted, context.cancelled]))) {
    await endAsTemporalSays(new Error('nobody waits for this attempt any more'));
  }
  context.cancellationSignal.throwIfAborted();
}

/** Cancelled, timed out, or reset by an operator: by a heartbeat the SDK finds out which, and ends the attempt in the right way. */
export async function endAsTemporalSays(otherwise: Error): Promise<never> {
  await Context.current().sleep(CANCELLATION_LIMIT_MS);
  throw otherwise;
}
