import {
  CancellationScope,
  condition,
  defineSignal,
  getExternalWorkflowHandle,
  isCancellation,
  setCurrentDetails,
  setHandler,
  sleep,
  workflowInfo,
} from '@temporalio/workflow';
import type { LlmActivities } from '../activities/index.ts';
import { BATCH_ENDED, PROVIDER_BATCH, type BatchTicket } from '../contracts/batch.ts';
import type { AttemptsMade, CompleteInput, CompleteResult } from '../contracts/pipeline.ts';
import { WAITING_FOR_BATCH } from '../contracts/search-attributes.ts';
import { readBatchAnswer, submitToBatch } from './batch-activities.ts';
import { delayBeforeNextBatchMs, refuseBeyondHistory } from './batch-rounds.ts';
import { whileIn } from './pipeline-state.ts';

const batchEnded = defineSignal<[batchId: string]>(BATCH_ENDED);

/** Providers end a batch after 24 hours. Who has heard nothing by then asks. */
const SIGNAL_LIMIT = '26h';

/**
 * The same `complete`, by way of the provider's batches; but what was too long for it is asked of another one, in a call of its
 * own, also when that one's answer has to be asked for again.
 */
export function inBatches(complete: LlmActivities['complete']): LlmActivities['complete'] {
  return (input) => {
    const { provider, rejected } = input;
    const isElsewhere = provider !== undefined || (rejected !== undefined && rejected.batch !== true);
    return isElsewhere ? complete(input) : whileIn(WAITING_FOR_BATCH, () => askInBatch(input));
  };
}

/** The provider's answer by way of its batches: as many of them, one after the other, as it takes. */
async function askInBatch(input: CompleteInput): Promise<CompleteResult> {
  const ended = new Set<string>();
  setHandler(batchEnded, (batchId) => {
    ended.add(batchId);
  });
  const { before: counted = input.rejected } = input;
  let before: AttemptsMade = { attempts: counted?.attempts ?? 0, paidAttempts: counted?.paidAttempts ?? 0 };
  let refused = 0;
  for (let round = 0; ; round += 1) {
    setCurrentDetails('waiting for its batch to be made');
    const ticket = await submitToBatch({ ...input, before, refused });
    if (ticket.kind === 'parked') return ticket;
    await endOf(ticket, () => ended.has(ticket.batchId));
    setCurrentDetails(`reading the answer of batch ${ticket.batchId}`);
    const answer = await readBatchAnswer({ ...input, before, ticket });
    if (answer.kind !== 'again') return answer;
    before = { attempts: answer.attempts, paidAttempts: answer.paidAttempts };
    if (answer.refused === true) refused += 1;
    const { historySize } = workflowInfo();
    refuseBeyondHistory(historySize, answer);
    setCurrentDetails(`goes into another batch: ${answer.because}`);
    await sleep(delayBeforeNextBatchMs(round, historySize));
  }
}

/** A message that is cancelled meanwhile takes itself out, so that a batch which nobody waits for can be cancelled. */
async function endOf({ provider, batchId }: BatchTicket, hasEnded: () => boolean): Promise<void> {
  setCurrentDetails(`waiting for batch ${batchId} of ${provider}`);
  try {
    await condition(hasEnded, SIGNAL_LIMIT);
  } catch (error) {
    if (isCancellation(error)) {
      const { workflowId, runId } = workflowInfo();
      const batch = getExternalWorkflowHandle(PROVIDER_BATCH.workflowId(provider, batchId));
      await CancellationScope.nonCancellable(() =>
        // One that has ended needs no telling.
        batch.signal(PROVIDER_BATCH.leave, { workflowId, runId }).catch(() => undefined),
      );
    }
    throw error;
  }
}
