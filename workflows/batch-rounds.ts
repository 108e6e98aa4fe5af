import { ApplicationFailure } from '@temporalio/workflow';
import type { MessageFailureType } from '../contracts/failure-types.ts';

/** The server ends a run at 50 MB, without a dead letter. */
const LARGEST_HISTORY_BYTES = 45_000_000;
const MAX_DELAY_MS = 3_600_000;
/** With each so much of history the longest delay doubles: a large request is in it twice a round, and 45 MB last for weeks. */
const DOUBLED_EVERY_BYTES = 10_000_000;

/** 1 s, 4 s, 16 s … an hour, or several: batches that fail at once, for days, must not fill the history. */
export function delayBeforeNextBatchMs(round: number, historyBytes: number): number {
  const longest = MAX_DELAY_MS * 2 ** Math.floor(historyBytes / DOUBLED_EVERY_BYTES);
  return Math.min(longest, 1_000 * 4 ** Math.min(round, 10));
}

/** @throws {ApplicationFailure} `Provider.AttemptsExhausted`, when there is no room in the history for another round. */
export function refuseBeyondHistory(
  historyBytes: number,
  { attempts, because }: { attempts: number; because: string },
): void {
  if (historyBytes < LARGEST_HISTORY_BYTES) return;
  throw ApplicationFailure.create({
    type: 'Provider.AttemptsExhausted' satisfies MessageFailureType,
    message: `${String(attempts)} batches brought no answer, and its history has no room for more; the last: ${because}`,
    nonRetryable: true,
    details: [{ attempts }],
  });
}
