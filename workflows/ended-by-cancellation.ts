import { ActivityFailure, ApplicationFailure, isCancellation, type CancellationScope } from '@temporalio/workflow';
import { isMessageFailureType } from '../contracts/failure-types.ts';

/**
 * Whether what ended with `error` ended because its scope was cancelled. The server makes no further attempt of an activity that
 * is to be cancelled: one that just then fails by the world's fault ends with that fault, which is not why it brought nothing.
 */
export function endedByCancellation({ consideredCancelled }: CancellationScope, error: unknown): boolean {
  if (isCancellation(error)) return true;
  return consideredCancelled && error instanceof ActivityFailure && !isMessagesFault(error.cause);
}

function isMessagesFault(cause: Error | undefined): boolean {
  return cause instanceof ApplicationFailure && isMessageFailureType(cause.type);
}
