import { ApplicationFailure } from '@temporalio/workflow';
import type { ProcessMessageInput } from '../../contracts/pipeline.ts';
import { completeWithin, preparation, publishBy } from '../../workflows/activity-options.ts';
import { pinned } from '../../workflows/pinned.ts';

export { providerBatch, rateBudget, refreshExamples, spending } from '../../workflows/index.ts';

/** `processMessage` with its first two steps swapped: what a careless change looks like to the messages that are open. */
export async function processMessage({ id, record, publish }: ProcessMessageInput): Promise<void> {
  const prepared = await preparation.preprocess({ type: 'summarize', record });
  const { type } = await preparation.validate({ record });
  if (prepared.kind !== 'completion') throw ApplicationFailure.nonRetryable('only for messages that ask the model');
  const answer = await completeWithin(prepared.timeoutMs)({ type, request: prepared.request });
  if (answer.kind !== 'output') throw ApplicationFailure.nonRetryable('only for messages that are answered at once');
  const { output, model, provider, usage, attempts } = answer;
  await publishBy(publish)({
    ...{ kind: 'result', record, workflowId: `message:${record.source.topic}:${id}`, runId: 'of-the-changed-build' },
    result: { id, type, status: 'completed', output, model, provider, usage, attempts, source: record.source },
  });
}
pinned(processMessage);
