import {
  condition,
  defineSignal,
  getExternalWorkflowHandle,
  setCurrentDetails,
  setHandler,
} from '@temporalio/workflow';
import { BATCH_ENDED, PROVIDER_BATCH, type BatchMember, type ProviderBatchInput } from '../contracts/batch.ts';
import { cancelBatch, pollBatch } from './batch-activities.ts';
import { pinned } from './pinned.ts';

const join = defineSignal<[members: readonly BatchMember[]]>(PROVIDER_BATCH.join);
const leave = defineSignal<[member: BatchMember]>(PROVIDER_BATCH.leave);

/** So many signals a step: Temporal takes 2,000 at a time at most. */
const TOLD_AT_A_TIME = 100;

/**
 * Watches a provider's batch for the messages in it, and tells them when it has ended. When they have all left, it is cancelled.
 * One that joins after the end starts another run, which finds the end at once.
 */
export async function providerBatch({ batchId }: ProviderBatchInput): Promise<void> {
  const members = new Map<string, BatchMember>();
  let everJoined = false;
  setHandler(join, (joining) => {
    for (const member of joining) members.set(member.runId, member);
    everJoined = true;
  });
  setHandler(leave, ({ runId }) => {
    members.delete(runId);
  });

  setCurrentDetails('waiting for the provider');
  const end = pollBatch({ batchId });
  const unwanted = condition(() => everJoined && members.size === 0);
  if ((await Promise.race([end.then(() => 'ended'), unwanted.then(() => 'unwanted')])) === 'unwanted') {
    setCurrentDetails('being cancelled: no message waits for it any more');
    await cancelBatch({ batchId });
  }
  setCurrentDetails(`ended: ${(await end).description}`);
  while (members.size > 0) await tell([...members.values()].slice(0, TOLD_AT_A_TIME));

  async function tell(some: readonly BatchMember[]): Promise<void> {
    for (const { runId } of some) members.delete(runId);
    await Promise.all(
      some.map(({ workflowId, runId }) =>
        getExternalWorkflowHandle(workflowId, runId)
          .signal(BATCH_ENDED, batchId)
          // It has ended itself: cancelled or terminated.
          .catch(() => undefined),
      ),
    );
  }
}

// It ends with its messages, which are pinned, too: a day at most.
pinned(providerBatch);
