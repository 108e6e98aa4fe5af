import {
  ApplicationFailure,
  CancellationScope,
  setCurrentDetails,
  TemporalFailure,
  workflowInfo,
} from '@temporalio/workflow';
import type {
  AcceptedAnswer,
  CompleteInput,
  Preprocessed,
  ProcessMessageInput,
  ProcessMessageResult,
  RejectedAnswer,
  ResultMessage,
  ValidatedMessage,
} from '../contracts/pipeline.ts';
import { completeLongWithin, completeWithin, preprocess, publishBy, validate } from './activity-options.ts';
import { deadLetter } from './dead-letter.ts';

/** One message, from its record to its result or dead letter. */
export async function processMessage(input: ProcessMessageInput): Promise<ProcessMessageResult> {
  const { record } = input;
  try {
    const message = await validate({ record });
    const prepared = await preprocess({ type: message.type, record });
    const answer = await answerTo(prepared, message.type);
    const result = toResult(input, { message, prepared, answer });
    setCurrentDetails('publishing the result');
    await publishResult(input, result);
    setCurrentDetails(`done: the result is published`);
    return { status: 'completed', attempts: result.attempts, usage: result.usage };
  } catch (error) {
    // Anything else is a defect of this code: Temporal holds the workflow, visibly, until a fixed worker replays it.
    if (!(error instanceof TemporalFailure)) throw error;
    await deadLetter(input, error);
    throw error;
  }
}

type Answer = Pick<ResultMessage, 'output' | 'model' | 'provider' | 'usage' | 'attempts' | 'cached' | 'degraded'>;

async function answerTo(prepared: Preprocessed, type: string): Promise<Answer> {
  if (prepared.kind === 'output') {
    return {
      output: prepared.output,
      model: null,
      provider: null,
      usage: { inputTokens: 0, outputTokens: 0 },
      attempts: 0,
    };
  }
  const { request, timeoutMs } = prepared;
  setCurrentDetails('waiting for the provider');
  let answer = await ask({ type, request }, timeoutMs);
  if (answer.kind === 'rejected') {
    setCurrentDetails(`asking again: ${answer.problem}`);
    answer = await ask({ type, request, rejected: answer }, timeoutMs);
  }
  if (answer.kind === 'rejected') throw ApplicationFailure.nonRetryable('a second rejected answer', 'Internal');
  return answer;
}

/** One provider after the other, for as long as the message is too long for those before. */
async function ask(input: CompleteInput, timeoutMs: number): Promise<AcceptedAnswer | RejectedAnswer> {
  const mayBeLong = input.tooLong !== undefined || input.rejected?.degraded === true;
  const complete = mayBeLong ? completeLongWithin(timeoutMs) : completeWithin(timeoutMs);
  const answer = await complete(input);
  if (answer.kind !== 'too-long') return answer;
  setCurrentDetails(`too long: waiting for ${answer.next}`);
  return ask({ ...input, tooLong: answer }, timeoutMs);
}

/** A cancellation that comes when the answer is there is too late: what was paid for is published. */
function publishResult(input: ProcessMessageInput, result: ResultMessage) {
  const { workflowId, runId } = workflowInfo();
  return CancellationScope.nonCancellable(() =>
    publishBy(input.publish)({ kind: 'result', record: input.record, workflowId, runId, result }),
  );
}

function toResult(
  { id, record }: ProcessMessageInput,
  { message, prepared, answer }: { message: ValidatedMessage; prepared: Preprocessed; answer: Answer },
): ResultMessage {
  return {
    id,
    type: message.type,
    status: 'completed',
    output: answer.output,
    model: answer.model,
    provider: answer.provider,
    usage: answer.usage,
    attempts: answer.attempts,
    ...(prepared.examplesVersion === undefined ? {} : { examplesVersion: prepared.examplesVersion }),
    source: record.source,
    ...(answer.degraded && { degraded: answer.degraded }),
    ...(answer.cached && { cached: answer.cached }),
    ...(message.metadata === undefined ? {} : { metadata: message.metadata }),
  };
}
