import { Context } from '@temporalio/activity';
import { CancelledFailure } from '@temporalio/common';

/**
 * Whether the running activity ended because an operator, or its workflow, wanted so. One that ends because its worker stops is made
 * again.
 */
export function isCancelledByRequest(error: unknown): boolean {
  return error instanceof CancelledFailure && Context.current().cancellationDetails?.cancelRequested === true;
}
