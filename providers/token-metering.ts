import type { Limiter } from './limiter.ts';
import { ProviderError, type CompletionProvider } from './provider.ts';
import { estimateTokens } from './token-estimate.ts';

/**
 * The same provider, its tokens counted: each call reserves the most it can take, and settles for what it took.
 * A call that needs more than `tokensPerMinute` by itself is never made.
 */
export function meterTokens(
  provider: CompletionProvider,
  { limiter, tokensPerMinute }: { limiter: Limiter; tokensPerMinute: number },
): CompletionProvider {
  return {
    name: provider.name,
    async complete(request, call) {
      const estimate = estimateTokens(request);
      if (estimate > tokensPerMinute) {
        const needed = `the request may take ${String(estimate)} tokens, ${String(request.maxOutputTokens)} of them output`;
        const message = `${needed}; LLM_TOKENS_PER_MINUTE is ${String(tokensPerMinute)}`;
        throw new ProviderError('context-length', message, { maybePaid: false });
      }
      const reservation = limiter.reserveTokens(estimate);
      try {
        const completion = await provider.complete(request, call);
        const { inputTokens, outputTokens } = completion.usage;
        // Providers charge at least what was allowed for the output when they let a call in, however short the answer.
        reservation.settle(Math.max(inputTokens + outputTokens, request.maxOutputTokens));
        return completion;
      } catch (error) {
        // What may have been done may have been counted.
        if (error instanceof ProviderError && !error.maybePaid) reservation.settle(0);
        throw error;
      }
    },
  };
}
