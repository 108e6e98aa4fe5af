import { Context } from '@temporalio/activity';
import type { CallHeartbeat } from './heartbeat.ts';

/**
 * A heartbeat that resolves when Temporal has it, details and all: the SDK's own are sent at its leisure. `false`: the attempt is
 * not wanted any more.
 */
export type ConfirmedHeartbeat<Details> = (taskToken: Uint8Array, details: Details) => Promise<boolean>;

/** The SDK learns of a cancellation by a heartbeat of its own, within seconds. */
export const CANCELLATION_LIMIT_MS = 15_000;

/**
 * Resolves when Temporal knows of the call that is about to go out, and wants it made.
 * @throws Temporal's own error when it does not answer: the call's answer would hardly reach it, and would be paid for.
 */
export async function confirmCall(
  confirmedHeartbeat: ConfirmedHeartbeat<CallHeartbeat>,
  details: CallHeartbeat,
): Promise<void> {
  const context = Context.current();
  if (!(await confirmedHeartbeat(context.info.taskToken, details))) {
    // Cancelled, timed out, or reset by an operator: the SDK finds out which, and ends the attempt in the right way.
    await context.sleep(CANCELLATION_LIMIT_MS);
    throw new Error('nobody waits for this call any more');
  }
  context.cancellationSignal.throwIfAborted();
}
