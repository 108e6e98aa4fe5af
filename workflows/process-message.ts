import {
  ApplicationFailure,
  CancellationScope,
  CancelledFailure,
  setCurrentDetails,
  TemporalFailure,
  workflowInfo,
} from '@temporalio/workflow';
import type {
  Preprocessed,
  ProcessMessageInput,
  ProcessMessageResult,
  ProviderAnswer,
  ResultMessage,
  ValidatedMessage,
} from '../contracts/pipeline.ts';
import { inBatches } from './ask-in-batch.ts';
import { completeWithin, preparation, publishBy, shortPreparation } from './activity-options.ts';
import { deadLetter } from './dead-letter.ts';
import { endedByCancellation } from './ended-by-cancellation.ts';
import { atTheLatest } from './last-resort.ts';
import { ofAnyLength } from './long-message.ts';
import { withinBudget } from './parking.ts';
import { pinned } from './pinned.ts';

/** One message, from its record to its result or dead letter. */
export async function processMessage(input: ProcessMessageInput): Promise<ProcessMessageResult> {
  const { record } = input;
  try {
    const { message, prepared } = await prepare(record);
    const answer = await answerTo(prepared, message);
    const result = toResult(input, { message, prepared, answer });
    setCurrentDetails('publishing the result');
    await publishResult(input, result);
    setCurrentDetails(`done: the result is published`);
    return { status: 'completed', attempts: result.attempts, usage: result.usage };
  } catch (error) {
    // Anything else is a defect of this code: Temporal holds the workflow, visibly, until a fixed worker replays it.
    if (!(error instanceof TemporalFailure)) throw error;
    const wasCancelled = endedByCancellation(CancellationScope.current(), error);
    const reason = wasCancelled ? new CancelledFailure('cancelled by an operator') : error;
    await deadLetter(input, reason);
    throw reason;
  }
}

// It ends in seconds, or with the day of its budget or batch: the build that began it can wait for that.
pinned(processMessage);

type Answer = Pick<
  ResultMessage,
  'output' | 'model' | 'provider' | 'usage' | 'cost' | 'attempts' | 'cached' | 'degraded'
>;
type ToComplete = Extract<Preprocessed, { kind: 'completion' }>;

const BY_NOBODY = { model: null, provider: null, usage: { inputTokens: 0, outputTokens: 0 }, attempts: 0 } as const;

/**
 * Of a message that was cancelled before this began, too: Temporal refuses the task that recorded how a message ended when a
 * cancellation came meanwhile, and what was published stays so. The next task, which knows of the cancellation from its beginning,
 * has to come to the same end.
 */
function prepare(record: ProcessMessageInput['record']) {
  const prepareBy = async ({ validate, preprocess }: typeof preparation) => {
    const message = await validate({ record });
    return { message, prepared: await preprocess({ type: message.type, record }) };
  };
  if (!CancellationScope.current().consideredCancelled) return prepareBy(preparation);
  return CancellationScope.nonCancellable(() => prepareBy(shortPreparation));
}

async function answerTo(prepared: Preprocessed, message: ValidatedMessage): Promise<Answer> {
  if (prepared.kind === 'output') return { output: prepared.output, ...BY_NOBODY };
  const { lastResort } = prepared;
  if (lastResort === undefined) return askProvider(prepared, message);
  const { afterMs, output } = lastResort;
  const otherwise: Answer = { output, ...BY_NOBODY, degraded: true };
  return atTheLatest({ afterMs, otherwise }, () => askProvider(prepared, message));
}

async function askProvider({ request, timeoutMs, batch }: ToComplete, message: ValidatedMessage): Promise<Answer> {
  const { type, tenant } = message;
  const call = completeWithin(timeoutMs);
  const complete = ofAnyLength(withinBudget(batch === true ? inBatches(call) : call));
  const input = { type, request, ...(tenant === undefined ? {} : { tenant }) };
  setCurrentDetails('waiting for the provider');
  let answer: ProviderAnswer = await complete(input);
  if (answer.kind === 'rejected') {
    setCurrentDetails(`asking again: ${answer.problem}`);
    answer = await complete({ ...input, rejected: answer });
  }
  if (answer.kind === 'rejected') throw ApplicationFailure.nonRetryable('a second rejected answer', 'Internal');
  return answer;
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
    ...(answer.cost === undefined ? {} : { cost: answer.cost }),
    attempts: answer.attempts,
    ...(prepared.examplesVersion === undefined ? {} : { examplesVersion: prepared.examplesVersion }),
    source: record.source,
    ...(answer.degraded && { degraded: answer.degraded }),
    ...(answer.cached && { cached: answer.cached }),
    ...(message.metadata === undefined ? {} : { metadata: message.metadata }),
  };
}
