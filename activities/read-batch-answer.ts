import { Context } from '@temporalio/activity';
import { ApplicationFailure } from '@temporalio/common';
import type { CallAccounts, OpenCall } from '../accounting/call-accounts.ts';
import type { BatchResult, ReadBatchAnswerInput } from '../contracts/batch.ts';
import type { ProviderAnswer } from '../contracts/pipeline.ts';
import type { ProcessorRegistry } from '../processors/registry.ts';
import type { BatchAnswer } from '../providers/batch-provider.ts';
import type { LongMessageOrder } from '../providers/long-message-calls.ts';
import { ProviderError } from '../providers/provider.ts';
import type { BatchResults, EndedBatch } from './batch-results.ts';
import { callFacts } from './call-facts.ts';
import { batchRunning, providerFailure, sharedCallFailure, unknownToWorker } from './failures.ts';
import { withHeartbeat } from './heartbeat.ts';
import { judgeAnswer } from './judge-answer.ts';
import { tooLongFor } from './long-message.ts';
import { requestOf, withRejected } from './re-ask.ts';

export interface ReadBatchAnswerDeps {
  results: (batchId: string) => Promise<BatchResults>;
  registry: ProcessorRegistry;
  accounts: CallAccounts;
  /** Absent: what is too long for the provider is too long. */
  longMessages?: LongMessageOrder;
  /** Cap on calls that may have been paid for one message. */
  maxAttempts: number;
  /** In milliseconds: when to ask again for a batch that has not ended yet. */
  askAgainInMs: number;
  /** In milliseconds: how long reading a batch's files may take. */
  timeoutMs: number;
}

/** What the batch brought the message: the same as a call of its own would have, or that it has to go into another one. */
export function createReadBatchAnswer(deps: ReadBatchAnswerDeps) {
  return async function readBatchAnswer(input: ReadBatchAnswerInput): Promise<BatchResult> {
    const { ticket, before } = input;
    const results = await readResults(deps, input);
    const answer = results.answers.get(ticket.customId) ?? missing(results);
    const attempts = before.attempts + 1;
    if (answer.kind === 'completion') return judge(deps, input, answer.completion);
    if (answer.kind === 'not-run') {
      const { because } = answer;
      const { refused } = results;
      return { kind: 'again', because, attempts, paidAttempts: before.paidAttempts, ...(refused && { refused }) };
    }
    openCall(deps, input).failed(answer.error);
    const paidAttempts = before.paidAttempts + (answer.error.maybePaid ? 1 : 0);
    const tooLong = tooLongFor(ticket.provider, answer.error, deps.longMessages);
    if (tooLong !== undefined) return { ...tooLong, attempts, paidAttempts };
    const count = { attempt: attempts, paid: paidAttempts, maxPaid: deps.maxAttempts };
    const failure = providerFailure(answer.error, count);
    if (failure.nonRetryable === true) throw failure;
    return { kind: 'again', because: failure.message, attempts, paidAttempts };
  };
}

/** A line that is in no file, or that nobody can read there: only the provider's word that it answered nothing makes it unpaid. */
function missing({ description, answeredNothing }: EndedBatch): Exclude<BatchAnswer, { kind: 'completion' }> {
  const because = `the batch has no answer (${description})`;
  if (answeredNothing) return { kind: 'not-run', because };
  return { kind: 'error', error: new ProviderError('malformed-response', because, { maybePaid: true }) };
}

async function readResults(deps: ReadBatchAnswerDeps, { ticket, before }: ReadBatchAnswerInput) {
  const { paidAttempts } = before;
  try {
    const results = await withHeartbeat(
      {
        idleLimitMs: deps.timeoutMs,
        details: () => ({ phase: 'body', bytesReceived: 0, paidAttempts, countedAttempts: paidAttempts }),
      },
      () => deps.results(ticket.batchId),
    );
    if (!results.hasEnded) throw batchRunning(results.description, deps.askAgainInMs);
    return results;
  } catch (error) {
    if (error instanceof ProviderError) throw sharedCallFailure(error, Context.current().info.attempt);
    throw error;
  }
}

function judge(
  deps: ReadBatchAnswerDeps,
  input: ReadBatchAnswerInput,
  completion: Extract<BatchAnswer, { kind: 'completion' }>['completion'],
): BatchResult {
  const { ticket, before, rejected } = input;
  const { model, usage } = completion;
  const processor = deps.registry.get(input.type);
  if (processor === undefined) throw unknownToWorker(input.type);
  const account = () => openCall(deps, input).answered(completion);
  let judged: ProviderAnswer;
  try {
    judged = judgeAnswer(completion, {
      ...{ input, processor, request: requestOf(input) },
      answered: { model, provider: ticket.provider, usage, attempts: before.attempts + 1, batch: true },
      paidAttempts: before.paidAttempts + 1,
    });
  } catch (error) {
    // After a defect of the processor the line is read again and again until the fix is deployed, and was paid once.
    if (error instanceof ApplicationFailure) account();
    throw error;
  }
  // Accounted at last: only a worker that is killed before Temporal has the outcome makes it twice.
  return { ...judged, ...withRejected(rejected, { usage, cost: account() }) };
}

/** The line in the account, at the price of batches. */
function openCall({ accounts }: ReadBatchAnswerDeps, input: ReadBatchAnswerInput): OpenCall {
  const { before, ticket } = input;
  const call = { provider: ticket.provider, request: requestOf(input), batch: true, attempt: before.attempts + 1 };
  return accounts.open(callFacts(input, { ...call, paidBefore: before.paidAttempts }));
}
