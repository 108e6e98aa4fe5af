import { Context } from '@temporalio/activity';
import { ApplicationFailure } from '@temporalio/common';
import type { DayBudgets } from '../accounting/budget-gate.ts';
import type { CallAccounts, CallFacts } from '../accounting/call-accounts.ts';
import type { Completion, Cost } from '../contracts/completion.ts';
import type { Answered, CompleteInput, CompleteResult, TooLong } from '../contracts/pipeline.ts';
import type { ProcessorRegistry } from '../processors/registry.ts';
import { ProviderError, type CompletionCall, type CompletionProvider } from '../providers/provider.ts';
import type { LongMessageCalls } from '../providers/long-message-calls.ts';
import type { ProviderCall } from '../providers/provider-call.ts';
import type { ProviderCalls } from '../providers/provider-calls.ts';
import { callFacts } from './call-facts.ts';
import { providerFailure, unknownToWorker } from './failures.ts';
import { mayBecomeBlob } from '../contracts/blob-size.ts';
import { holds } from './answer-holds.ts';
import { callFor, tooLongFor } from './long-message.ts';
import { isCancelledByRequest } from './cancelled-by-request.ts';
import { recordCall } from './call-record.ts';
import type { ConfirmedHeartbeat } from './confirmed-heartbeat.ts';
import { withHeartbeat, type CallHeartbeat } from './heartbeat.ts';
import { judgeAnswer } from './judge-answer.ts';
import { attemptOf, countLost, paidAttemptsBefore, refuseBeyondCap, rememberPaid } from './paid-attempts.ts';
import { parkedBy } from './parked-by.ts';
import { requestOf, withRejected } from './re-ask.ts';

export interface CompleteDeps {
  calls: Pick<ProviderCalls, 'take'>;
  /** Absent: what is too long for a provider is too long. */
  longMessages?: LongMessageCalls;
  registry: ProcessorRegistry;
  accounts: CallAccounts;
  /** Absent: nothing is limited by the day. */
  budgets?: DayBudgets | undefined;
  confirmedHeartbeat: ConfirmedHeartbeat<CallHeartbeat>;
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
      return await completeBy(call, input, { isSubstitute: call === slot && slot.degraded === true });
    } finally {
      call.end();
      slot.end();
    }
  };

  async function completeBy(
    provider: ProviderCall,
    input: CompleteInput,
    { isSubstitute }: { isSubstitute: boolean },
  ): Promise<CompleteResult> {
    const processor = deps.registry.get(input.type);
    if (processor === undefined) {
      provider.forgo();
      throw unknownToWorker(input.type);
    }
    const request = requestOf(input);
    const paidBefore = paidAttemptsBefore(input);
    const shareIf = deps.cachedTypes?.includes(input.type)
      ? (answer: Completion) => holds(processor, answer, request)
      : undefined;
    const facts = callFacts(input, { provider: provider.name, request, attempt: attemptOf(input), paidBefore });
    try {
      await countLost(deps, facts);
    } catch (error) {
      provider.forgo();
      throw error;
    }
    const made = { attempts: facts.attempt - 1, paidAttempts: paidBefore };
    const parked = await parkedBy(deps.budgets, input, made);
    if (parked !== undefined) {
      provider.forgo();
      return parked;
    }
    const completion = await callProvider(deps, { provider, facts, paidBefore, shareIf, isSubstitute });
    if ('kind' in completion) return completion;
    const answered = account(provider, completion, input);
    // It goes to the blob store, and this attempt fails when that is away: the next one has to know of the call.
    if (mayBecomeBlob(completion.text)) rememberPaid(paidBefore + 1);
    try {
      return judgeAnswer(completion, { input, processor, request, answered, paidAttempts: paidBefore + 1 });
    } catch (error) {
      // A defect of the processor: it is retried until the fix is deployed, but not at any price.
      if (!(error instanceof ApplicationFailure)) rememberPaid(paidBefore + 1);
      throw error;
    }
  }
}

type PaidCompletion = Completion & { readonly cost: Cost | undefined };

async function callProvider(
  deps: CompleteDeps,
  call: {
    provider: CompletionProvider;
    facts: CallFacts;
    paidBefore: number;
    shareIf: CompletionCall['shareIf'];
    /** It was asked because the first one could not be. */
    isSubstitute: boolean;
  },
): Promise<PaidCompletion | TooLong> {
  const { accounts, timeoutMs, maxAttempts } = deps;
  const { provider, facts, paidBefore, shareIf, isSubstitute } = call;
  const { attempt, request } = facts;
  const { info, cancellationSignal: signal } = Context.current();
  // Also for calls that left no error behind: their worker was killed, or the answer met a defect.
  refuseBeyondCap({ attempts: attempt - 1, paidAttempts: paidBefore }, maxAttempts);
  const record = recordCall(paidBefore, deps.confirmedHeartbeat);
  const account = accounts.open(facts);
  try {
    const completion = await withHeartbeat(
      {
        // While the deadline has not passed, silence is what a provider that answers in one piece sounds like.
        idleLimitMs: LONGEST_WAIT_MS + timeoutMs,
        details: record.details,
        onSent: record.told,
      },
      () =>
        provider.complete(request, {
          signal,
          timeoutMs,
          requestId: `${info.workflowExecution?.runId ?? 'local'}-${info.activityId}-${String(info.attempt)}`,
          onProgress: record.moved,
          // The worker of the attempt before may have been killed by the call, before it said anything: this one is counted in any case.
          ...(info.attempt > 1 && { beforeSent: record.confirm }),
          ...(shareIf && { shareIf }),
        }),
    );
    return { ...completion, cost: completion.cached ? account.notMade() : account.answered(completion) };
  } catch (error) {
    if (!record.isCalling()) account.notMade();
    else if (isCancelledByRequest(error)) account.cancelled();
    else account.failed(error);
    if (!(error instanceof ProviderError)) throw error;
    const paid = paidBefore + (error.maybePaid ? 1 : 0);
    record.ended(paid);
    const tooLong = tooLongFor(provider.name, error, deps.longMessages);
    if (tooLong !== undefined) return { ...tooLong, attempts: attempt, paidAttempts: paid };
    throw providerFailure(error, { attempt, paid, maxPaid: maxAttempts, isSubstitute });
  }
}

function account(provider: ProviderCall, completion: PaidCompletion, input: CompleteInput): Answered {
  const { model, usage, cached, cost: ofCall } = completion;
  return {
    model,
    provider: provider.name,
    ...withRejected(input.rejected, { usage, cost: ofCall }),
    attempts: attemptOf(input),
    ...(cached && { cached }),
    ...(provider.degraded && { degraded: provider.degraded }),
  };
}
