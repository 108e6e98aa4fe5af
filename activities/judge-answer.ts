import type { Completion, CompletionRequest } from '../contracts/completion.ts';
import { scrubFailureMessage } from '../contracts/dead-letter-record.ts';
import type { Answered, CompleteInput, ProviderAnswer, RejectedAnswer } from '../contracts/pipeline.ts';
import { RejectedAnswerError } from '../processors/processor.ts';
import type { RegisteredProcessor } from '../processors/registry.ts';
import { messageFailure } from './failures.ts';
import { refuseTooLarge } from './output-size.ts';

export interface Asked {
  readonly input: CompleteInput;
  readonly processor: RegisteredProcessor;
  /** As it was sent. */
  readonly request: CompletionRequest;
  readonly answered: Answered;
  /** This one included. */
  readonly paidAttempts: number;
}

/**
 * Whether the model's answer holds, whichever way it was asked for.
 * @throws {ApplicationFailure} where it ends the message, and whatever a defect of the processor throws.
 */
export function judgeAnswer(completion: Completion, asked: Asked): ProviderAnswer {
  const { input, processor, request, answered, paidAttempts } = asked;
  refuseTooLarge(completion.text, answered.attempts);
  if (completion.refusal !== undefined) {
    throw messageFailure('Provider.Refused', completion.refusal, answered.attempts);
  }
  if (completion.finishReason === 'content_filter') {
    throw messageFailure('Provider.ContentFiltered', 'the provider filtered the answer', answered.attempts);
  }
  const rejection = { ...answered, text: completion.text, paidAttempts };
  if (completion.finishReason === 'length') {
    const problem = `the answer was cut at ${String(request.maxOutputTokens)} tokens`;
    return reject({ ...rejection, kind: 'rejected', reason: 'truncated', problem }, input);
  }
  try {
    const output = processor.finish(completion.text, request);
    refuseTooLarge(output, answered.attempts);
    return { kind: 'output', output, ...answered };
  } catch (error) {
    if (!(error instanceof RejectedAnswerError)) throw error;
    const problem = scrubFailureMessage(error.message);
    return reject({ ...rejection, kind: 'rejected', reason: 'invalid', problem }, input);
  }
}

/** The first answer that does not hold goes back to the workflow to be asked again; the second ends the message. */
function reject(answer: RejectedAnswer, { rejected }: CompleteInput): ProviderAnswer {
  if (rejected === undefined) return answer;
  const type = answer.reason === 'truncated' ? 'Output.Truncated' : 'Output.Invalid';
  throw messageFailure(type, `also after asking again: ${answer.problem}`, answer.attempts);
}
