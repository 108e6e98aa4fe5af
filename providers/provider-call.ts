import type { Completion, CompletionRequest } from '../contracts/completion.ts';
import type { Permit } from './limiter.ts';
import { ProviderError, type CompletionCall, type CompletionProvider } from './provider.ts';
import { estimateTokens, leastTokens, tokensCounted, type TokenCounting } from './token-estimate.ts';

/** For its turn, its tokens, and the end of a pause. */
const LONGEST_WAIT_MS = 60_000;

/** One call to a provider that has its permit: at most one HTTP request. */
export interface ProviderCall extends CompletionProvider {
  /** It goes to another provider than the first one. */
  readonly degraded?: true;
  /** It is answered without the provider: its permit takes nothing of the limits. */
  forgo(): void;
  /** Whatever became of it. */
  end(): void;
}

/** How a provider's limit counts tokens, and what it is at the moment; absent: there is none. */
export interface TokenLimit {
  readonly counting: TokenCounting;
  readonly perMinute: () => number | undefined;
}

/**
 * A call whose tokens are counted: it reserves what it can take, waits where that is too much for the minute, and settles for
 * what it took. One that is sure to need more than the whole limit is never made.
 */
export function createProviderCall(provider: CompletionProvider, permit: Permit, limit: TokenLimit): ProviderCall {
  return {
    name: provider.name,
    complete: (request, call) => completeCounted({ provider, permit, limit }, request, call),
    forgo() {
      permit.forgo();
    },
    end() {
      permit.release();
    },
  };
}

async function completeCounted(
  { provider, permit, limit }: { provider: CompletionProvider; permit: Permit; limit: TokenLimit },
  request: CompletionRequest,
  call: CompletionCall,
): Promise<Completion> {
  call.onProgress?.({ phase: 'waiting', bytesReceived: 0 });
  const perMinute = limit.perMinute() ?? Infinity;
  refuseLargerThan(perMinute, request, limit.counting);
  const estimate = Math.min(estimateTokens(request, limit.counting), perMinute);
  const reservation = await reserve(permit, estimate, call.signal);
  await call.beforeSent?.().catch((error: unknown) => {
    reservation.settle(0);
    throw error;
  });
  call.onProgress?.({ phase: 'sent', bytesReceived: 0 });
  try {
    const completion = await provider.complete(request, call);
    const taken = takenBy(completion, request, limit.counting);
    if (taken !== undefined) reservation.settle(Math.min(taken, perMinute));
    return completion;
  } catch (error) {
    if (error instanceof ProviderError && wasNotLetIn(error)) reservation.settle(0);
    throw error;
  }
}

/** @throws {ProviderError} when it may still not go out after a minute: the message goes back to the queue. */
async function reserve(permit: Permit, tokens: number, signal: AbortSignal) {
  const waited = new AbortController();
  const timer = setTimeout(() => {
    const message = "no room for the request in a minute's tokens, or calls are paused";
    waited.abort(new ProviderError('rate-limited', message, { maybePaid: false, limit: 'tokensPerMinute' }));
  }, LONGEST_WAIT_MS);
  try {
    return await permit.reserveTokens(tokens, AbortSignal.any([signal, waited.signal]));
  } finally {
    clearTimeout(timer);
  }
}

function refuseLargerThan(perMinute: number, request: CompletionRequest, counting: TokenCounting): void {
  const least = leastTokens(request, counting);
  if (least <= perMinute) return;
  const needed = `the request takes at least ${String(least)} tokens, ${String(request.maxOutputTokens)} of them allowed for output`;
  const message = `${needed}; the limit is ${String(perMinute)} a minute`;
  throw new ProviderError('context-length', message, { maybePaid: false });
}

/** `undefined`: the provider does not tell. */
function takenBy({ usage }: Completion, { maxOutputTokens }: CompletionRequest, counting: TokenCounting) {
  if (usage.inputTokens + usage.outputTokens === 0) return undefined;
  return tokensCounted(usage.inputTokens, Math.max(usage.outputTokens, maxOutputTokens), counting);
}

/** A call that failed after it was let in has been counted, whether it was billed or not. */
function wasNotLetIn({ maybePaid, status }: ProviderError): boolean {
  return !maybePaid && (status === undefined || status < 500);
}
