import { createProviderCall } from '../../providers/provider-call.ts';
import type { CompletionProvider } from '../../providers/provider.ts';
import type { ProviderCalls } from '../../providers/provider-calls.ts';

/** Calls to this provider that no limit holds back. `onForgo` hears of those that are not made. */
export function callsOf(
  provider: CompletionProvider,
  onForgo: () => void = () => undefined,
): Pick<ProviderCalls, 'take'> {
  return {
    take: () =>
      Promise.resolve({
        name: provider.name,
        complete: (request, call) => provider.complete(request, call),
        forgo: onForgo,
        end: () => undefined,
      }),
  };
}

/**
 * As the product makes them: whoever asks is told when the call waits, and asked before it goes out.
 * @param reserved its tokens are, when this resolves.
 */
export function callsWithPermit(
  provider: CompletionProvider,
  reserved: Promise<unknown> = Promise.resolve(),
): Pick<ProviderCalls, 'take'> {
  const nothing = () => undefined;
  const reserveTokens = () => reserved.then(() => ({ settle: nothing }));
  const permit = { use: nothing, forgo: nothing, release: nothing, reserveTokens };
  const call = createProviderCall(provider, permit, { counting: 'sum', perMinute: nothing });
  return { take: () => Promise.resolve(call) };
}
