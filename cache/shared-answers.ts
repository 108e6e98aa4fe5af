import { withDeadline } from '../providers/call-deadline.ts';
import type { ProviderCall } from '../providers/provider-call.ts';
import { ProviderError, type CompletionCall } from '../providers/provider.ts';
import { DeadlineError } from '../providers/transport-fault.ts';
import type { Completion, CompletionRequest } from '../contracts/completion.ts';
import type { CompletionCache, StoredAnswer } from './completion-cache.ts';
import { requestKey, type AnswerSource } from './request-key.ts';
import { createTurns, type FoundAnswer, type Turns } from './turns.ts';

export interface SharedAnswersDeps {
  /** One that never rejects: `forgive` makes it so. */
  readonly cache: CompletionCache;
  readonly source: Omit<AnswerSource, 'provider'>;
  /** What became of a call that may share its answer; `miss`: the provider was asked. */
  readonly onResult?: (result: FoundAnswer['result'] | 'miss') => void;
  /** Milliseconds of a clock that never goes back. */
  readonly now?: () => number;
}

/** After a longer wait a request would likely be paid for, and cut before its answer. */
const LEAST_TIME_LEFT = 0.5;

/**
 * The same calls, but of identical ones that may share an answer one is made at a time, and none while an answer that holds is
 * kept: a call that is not made gives its permit back. When the one that is made fails or its answer does not hold, the next of
 * those that wait is made: each message's failure is its own. A call's deadline covers its wait and its request together.
 */
export function shareAnswers(deps: SharedAnswersDeps): (call: ProviderCall) => ProviderCall {
  const turns = createTurns(deps.cache);
  return (call) => ({
    ...call,
    complete: (request, details) => completeShared(call, { deps, turns, request, details }),
  });
}

async function completeShared(
  provider: ProviderCall,
  options: { deps: SharedAnswersDeps; turns: Turns; request: CompletionRequest; details: CompletionCall },
): Promise<Completion> {
  const { deps, turns, request, details: call } = options;
  const { source, onResult, now = () => performance.now() } = deps;
  const { shareIf, timeoutMs, onProgress } = call;
  if (shareIf === undefined) return provider.complete(request, call);
  const key = requestKey({ provider: provider.name, ...source }, request);
  const startedAt = now();
  const timeLeft = () => timeoutMs - (now() - startedAt);
  let answer: StoredAnswer | undefined;
  let asked = false;
  onProgress?.({ phase: 'waiting', bytesReceived: 0 });
  try {
    const turn = await waitFor(call, (signal) =>
      turns.take(key, { signal, holds: (found) => shareIf(toCompletion(found)) }),
    );
    if (turn.kind === 'found') {
      onResult?.(turn.result);
      return toCompletion(turn.answer);
    }
    try {
      if (timeLeft() < timeoutMs * LEAST_TIME_LEFT) throw waitedInVain(timeoutMs);
      onResult?.('miss');
      asked = true;
      const completion = await provider.complete(request, { ...call, timeoutMs: Math.ceil(timeLeft()) });
      if (shareIf(completion)) answer = { text: completion.text, model: completion.model };
      return completion;
    } finally {
      await turn.end(answer);
    }
  } finally {
    if (!asked) provider.forgo();
  }
}

async function waitFor<T>(call: CompletionCall, turn: (signal: AbortSignal) => Promise<T>): Promise<T> {
  try {
    return await withDeadline(call, turn);
  } catch (error) {
    throw error instanceof DeadlineError ? waitedInVain(call.timeoutMs) : error;
  }
}

function waitedInVain(timeoutMs: number): ProviderError {
  const message = `an identical request under way brought no answer in time (${String(timeoutMs)} ms)`;
  return new ProviderError('timeout', message, { maybePaid: false });
}

/** As the call gets it that was not made. */
function toCompletion({ text, model }: StoredAnswer): Completion {
  return { text, model, finishReason: 'stop', usage: { inputTokens: 0, outputTokens: 0 }, cached: true };
}
