import type { Completion, CompletionRequest } from '../contracts/completion.ts';
import type { Limiter } from './limiter.ts';
import { ProviderError, type CompletionProvider } from './provider.ts';
import { estimateTokens, leastTokens } from './token-estimate.ts';

/**
 * The same provider, its tokens counted: each call reserves what it can take, and settles for what it took.
 * A call that is sure to need more than `tokensPerMinute` by itself is never made.
 */
export function meterTokens(
  provider: CompletionProvider,
  { limiter, tokensPerMinute }: { limiter: Limiter; tokensPerMinute: number },
): CompletionProvider {
  return {
    name: provider.name,
    async complete(request, call) {
      refuseLargerThan(tokensPerMinute, request);
      const reservation = limiter.reserveTokens(Math.min(estimateTokens(request), tokensPerMinute));
      try {
        const completion = await provider.complete(request, call);
        const taken = tokensTaken(completion, request);
        if (taken !== undefined) reservation.settle(Math.min(taken, tokensPerMinute));
        return completion;
      } catch (error) {
        if (error instanceof ProviderError && wasNotLetIn(error)) reservation.settle(0);
        throw error;
      }
    },
  };
}

function refuseLargerThan(tokensPerMinute: number, request: CompletionRequest): void {
  const least = leastTokens(request);
  if (least <= tokensPerMinute) return;
  const needed = `the request takes at least ${String(least)} tokens, ${String(request.maxOutputTokens)} of them allowed for output`;
  const message = `${needed}; LLM_TOKENS_PER_MINUTE is ${String(tokensPerMinute)}`;
  throw new ProviderError('context-length', message, { maybePaid: false });
}

/** Some providers count the output that a call allows when they let it in, however short the answer. `undefined`: not told. */
function tokensTaken({ usage }: Completion, { maxOutputTokens }: CompletionRequest): number | undefined {
  if (usage.inputTokens + usage.outputTokens === 0) return undefined;
  return usage.inputTokens + Math.max(usage.outputTokens, maxOutputTokens);
}

/** A call that failed after it was let in has been counted, whether it was billed or not. */
function wasNotLetIn({ maybePaid, status }: ProviderError): boolean {
  return !maybePaid && (status === undefined || status < 500);
}
