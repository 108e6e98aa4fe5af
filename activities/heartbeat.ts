import { heartbeat } from '@temporalio/activity';
import type { CallProgress } from '../providers/provider.ts';

/** Cancellation reaches an activity only in the answer to a heartbeat, so this bounds how fast a call is aborted. */
const BEAT_EVERY_MS = 2_000;

/** The details of a heartbeat: where the call stands (the UI shows it), and what the next attempt has to know. */
export interface CallHeartbeat {
  readonly phase: CallProgress['phase'];
  readonly bytesReceived: number;
  /** Calls for this message the provider may have billed, the running one included. */
  readonly paidAttempts: number;
  /** Those of them whose outcome is in the account: metrics and log. */
  readonly countedAttempts: number;
}

/**
 * Beats while `work` runs, until nothing has moved for `idleLimitMs`: a call that hangs must not look alive for ever.
 * The first beat comes after the interval: short calls, the rule, cost no extra request to Temporal.
 */
export async function withHeartbeat<T>(
  options: { idleLimitMs: number; details: () => CallHeartbeat; onSent?: (details: CallHeartbeat) => void },
  work: () => Promise<T>,
): Promise<T> {
  let lastMove = Date.now();
  let last = '';
  const beat = () => {
    const details = options.details();
    const position = `${details.phase} ${String(details.bytesReceived)}`;
    if (position !== last) lastMove = Date.now();
    last = position;
    if (Date.now() - lastMove >= options.idleLimitMs) return;
    heartbeat(details);
    options.onSent?.(details);
  };
  const timer = setInterval(beat, BEAT_EVERY_MS);
  try {
    return await work();
  } finally {
    clearInterval(timer);
  }
}
