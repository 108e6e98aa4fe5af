import { Context } from '@temporalio/activity';
import type { DayBudgets } from '../accounting/budget-gate.ts';
import type { CallAccounts, CallFacts } from '../accounting/call-accounts.ts';
import { addCost, addUsage } from '../accounting/cost.ts';
import type { Completion, CompletionRequest, Cost } from '../contracts/completion.ts';
import { scrubFailureMessage } from '../contracts/dead-letter-record.ts';
import type { Answered, CompleteInput, CompleteResult, RejectedAnswer, TooLong } from '../contracts/pipeline.ts';
import { RejectedAnswerError } from '../processors/processor.ts';
import type { ProcessorRegistry } from '../processors/registry.ts';
import { ProviderError, type CompletionCall, type CompletionProvider } from '../providers/provider.ts';
import type { LongMessageCalls } from '../providers/long-message-calls.ts';
import type { ProviderCall } from '../providers/provider-call.ts';
import type { ProviderCalls } from '../providers/provider-calls.ts';
import { messageFailure, providerFailure } from './failures.ts';
import { holds } from './answer-holds.ts';
import { callFor } from './long-message.ts';
import { refuseTooLarge } from './output-size.ts';
import { withHeartbeat, type CallHeartbeat } from './heartbeat.ts';
import { attemptOf, countLost, paidAttemptsBefore, rememberPaid } from './paid-attempts.ts';
import { processorOf } from './validate.ts';

export interface CompleteDeps {
  calls: Pick<ProviderCalls, 'take'>;
  /** Absent: what is too long for a provider is too long. */
  longMessages?: LongMessageCalls;
  registry: ProcessorRegistry;
  accounts: CallAccounts;
  /** Absent: nothing is limited by the day. */
  budgets?: DayBudgets | undefined;
  /** Cap on calls that may have been paid for one message. */
  maxAttempts: number;
  /** Total deadline of a call, in milliseconds. */
  timeoutMs: number;
  /** Message types whose answers identical requests may share. Default: none. */
  cachedTypes?: readonly string[];
}

/** For the minute's tokens: then the call goes out. */
const LONGEST_WAIT_MS = 61_000;

/**
 * One call to the provider: exactly one HTTP request per attempt, closed when the workflow is cancelled.
 * An answer that does not hold comes back as `rejected`; asked with one, the next answer has to hold.
 */
export function createComplete(deps: CompleteDeps) {
  return async function complete(input: CompleteInput): Promise<CompleteResult> {
    const slot = await deps.calls.take();
    let call = slot;
    try {
      call = await callFor(input, slot, deps.longMessages);
      return await completeBy(call, input);
    } finally {
      call.end();
      slot.end();
    }
  };

  async function completeBy(provider: ProviderCall, input: CompleteInput): Promise<CompleteResult> {
    const processor = processorOf(deps.registry, input.type);
    const request = requestOf(input);
    const paidBefore = paidAttemptsBefore(input);
    const shareIf = deps.cachedTypes?.includes(input.type)
      ? (answer: Completion) => holds(processor, answer, request)
      : undefined;
    const facts = factsOf(provider, { input, request, paidBefore });
    countLost(deps.accounts, facts);
    const refusal = input.beyondBudget === true ? undefined : await deps.budgets?.refusal(input.tenant);
    if (refusal !== undefined) {
      provider.forgo();
      const { until, because } = refusal;
      return { kind: 'parked', until, because, attempts: facts.attempt - 1, paidAttempts: paidBefore };
    }
    const completion = await callProvider(deps, { provider, facts, paidBefore, shareIf });
    if ('kind' in completion) return completion;
    const answered = account(provider, completion, input);
    refuseTooLarge(completion.text, answered.attempts);
    if (completion.refusal !== undefined) {
      throw messageFailure('Provider.Refused', completion.refusal, answered.attempts);
    }
    if (completion.finishReason === 'content_filter') {
      throw messageFailure('Provider.ContentFiltered', 'the provider filtered the answer', answered.attempts);
    }
    const rejection = { ...answered, text: completion.text, paidAttempts: paidBefore + 1 };
    if (completion.finishReason === 'length') {
      const problem = `the answer was cut at ${String(request.maxOutputTokens)} tokens`;
      return reject({ ...rejection, kind: 'rejected', reason: 'truncated', problem }, input);
    }
    try {
      const output = processor.finish(completion.text, request);
      refuseTooLarge(output, answered.attempts);
      return { kind: 'output', output, ...answered };
    } catch (error) {
      if (error instanceof RejectedAnswerError) {
        const problem = scrubFailureMessage(error.message);
        return reject({ ...rejection, kind: 'rejected', reason: 'invalid', problem }, input);
      }
      // A defect of the processor: it is retried until the fix is deployed, but not at any price.
      rememberPaid(paidBefore + 1);
      throw error;
    }
  }
}

/** The request as prepared, or, for the one re-ask, with what was wrong about the first answer. */
function requestOf({ request, rejected }: CompleteInput): CompletionRequest {
  if (rejected === undefined) return request;
  if (rejected.reason === 'truncated') return { ...request, maxOutputTokens: request.maxOutputTokens * 2 };
  return {
    ...request,
    messages: [
      ...request.messages,
      { role: 'assistant', content: rejected.text },
      {
        role: 'user',
        content: `That answer cannot be used: ${rejected.problem}\nAnswer again, corrected, and nothing else.`,
      },
    ],
  };
}

type PaidCompletion = Completion & { readonly cost: Cost | undefined };

async function callProvider(
  deps: CompleteDeps,
  call: {
    provider: CompletionProvider;
    facts: CallFacts;
    paidBefore: number;
    shareIf: CompletionCall['shareIf'];
  },
): Promise<PaidCompletion | TooLong> {
  const { accounts, timeoutMs, maxAttempts } = deps;
  const { provider, facts, paidBefore, shareIf } = call;
  const { attempt, request } = facts;
  const { info, cancellationSignal: signal } = Context.current();
  // Also for calls that left no error behind: their worker was killed, or the answer met a defect.
  if (paidBefore >= maxAttempts) {
    const message = `${String(paidBefore)} calls were or may have been paid without an answer that could be used`;
    throw messageFailure('Provider.AttemptsExhausted', message, attempt - 1);
  }
  let position: Pick<CallHeartbeat, 'phase' | 'bytesReceived'> = { phase: 'sent', bytesReceived: 0 };
  // While it waits for an identical request's answer, no call is made for it.
  const isCalling = () => position.phase !== 'waiting';
  let told = false as boolean;
  const account = accounts.open(facts);
  try {
    const completion = await withHeartbeat(
      {
        // While the deadline has not passed, silence is what a provider that answers in one piece sounds like.
        idleLimitMs: LONGEST_WAIT_MS + timeoutMs,
        details() {
          told = isCalling();
          return { ...position, paidAttempts: paidBefore + (isCalling() ? 1 : 0), countedAttempts: paidBefore };
        },
      },
      () =>
        provider.complete(request, {
          signal,
          timeoutMs,
          requestId: `${info.workflowExecution?.runId ?? 'local'}-${info.activityId}-${String(info.attempt)}`,
          onProgress: (progress) => (position = progress),
          ...(shareIf && { shareIf }),
        }),
    );
    return { ...completion, cost: completion.cached ? account.notMade() : account.answered(completion) };
  } catch (error) {
    if (isCalling()) account.failed(error);
    else account.notMade();
    if (!(error instanceof ProviderError)) throw error;
    const paid = paidBefore + (error.maybePaid ? 1 : 0);
    if (paid > 0 || told) rememberPaid(paid);
    const next = error.kind === 'context-length' ? deps.longMessages?.after(provider.name) : undefined;
    if (next !== undefined) return { kind: 'too-long', next, attempts: attempt, paidAttempts: paid };
    throw providerFailure(error, { attempt, paid, maxPaid: maxAttempts });
  }
}

function factsOf(
  { name: provider }: CompletionProvider,
  { input, request, paidBefore }: { input: CompleteInput; request: CompletionRequest; paidBefore: number },
): CallFacts {
  const { info } = Context.current();
  const { type, tenant, rejected } = input;
  return {
    workflowId: info.workflowExecution?.workflowId ?? 'local',
    runId: info.workflowExecution?.runId ?? 'local',
    ...{ type, tenant, provider, request },
    attempt: attemptOf(input),
    // The answer that was rejected is in the account of the message.
    lostBefore: paidBefore - (rejected === undefined ? 0 : 1),
  };
}

function account(provider: ProviderCall, completion: PaidCompletion, input: CompleteInput): Answered {
  const { model, usage, cached, cost: ofCall } = completion;
  const { rejected } = input;
  const cost = rejected === undefined ? ofCall : addCost(rejected.cost, ofCall);
  return {
    model,
    provider: provider.name,
    usage: rejected === undefined ? usage : addUsage(rejected.usage, usage),
    ...(cost !== undefined && { cost }),
    attempts: attemptOf(input),
    ...(cached && { cached }),
    ...(provider.degraded && { degraded: provider.degraded }),
  };
}

/** The first answer that does not hold goes back to the workflow to be asked again; the second ends the message. */
function reject(answer: RejectedAnswer, { rejected }: CompleteInput): CompleteResult {
  if (rejected === undefined) return answer;
  const type = answer.reason === 'truncated' ? 'Output.Truncated' : 'Output.Invalid';
  throw messageFailure(type, `also after asking again: ${answer.problem}`, answer.attempts);
}
