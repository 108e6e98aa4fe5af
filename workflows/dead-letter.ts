import {
  ActivityFailure,
  ApplicationFailure,
  CancellationScope,
  isCancellation,
  setCurrentDetails,
  upsertSearchAttributes,
  workflowInfo,
} from '@temporalio/workflow';
import { isMessageFailureType } from '../contracts/failure-types.ts';
import type { Failure, ProcessMessageInput } from '../contracts/pipeline.ts';
import { CANCELLED, DEAD_LETTERED, SEARCH_ATTRIBUTES } from '../contracts/search-attributes.ts';
import { publishBy } from './activity-options.ts';

/** The end of a message by its own fault or by an operator's wish: findable in Temporal, and never missing downstream. */
export async function deadLetter(input: ProcessMessageInput, error: unknown): Promise<void> {
  const failure = toFailure(error);
  setCurrentDetails(`publishing the dead letter: ${failure.type}: ${failure.message}`);
  upsertSearchAttributes([
    { key: SEARCH_ATTRIBUTES.failureType, value: failure.type },
    { key: SEARCH_ATTRIBUTES.pipelineState, value: failure.type === 'Cancelled' ? CANCELLED : DEAD_LETTERED },
  ]);
  const { workflowId } = workflowInfo();
  await CancellationScope.nonCancellable(() =>
    publishBy(input.publish)({ kind: 'dead-letter', record: input.record, workflowId, failure }),
  );
  setCurrentDetails(`dead-lettered: ${failure.type}: ${failure.message}`);
}

/** Reads `type`, which `activities/failures.ts` set. A failure it did not build ends a message only by a defect: `Internal`. */
function toFailure(error: unknown): Failure {
  if (isCancellation(error)) return { type: 'Cancelled', message: 'cancelled by an operator', attempts: 0 };
  const cause = error instanceof ActivityFailure ? error.cause : error;
  if (!(cause instanceof ApplicationFailure)) return { type: 'Internal', message: String(cause), attempts: 0 };
  const [detail] = (cause.details ?? []) as [{ attempts?: number }?];
  const type = isMessageFailureType(cause.type) ? cause.type : 'Internal';
  return { type, message: cause.message, attempts: detail?.attempts ?? 0 };
}
