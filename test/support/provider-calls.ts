import type { CompletionProvider } from '../../providers/provider.ts';
import type { ProviderCalls } from '../../providers/provider-calls.ts';

/** Calls to this provider that no limit holds back. */
export function callsOf(provider: CompletionProvider): Pick<ProviderCalls, 'take'> {
  return {
    take: () =>
      Promise.resolve({
        name: provider.name,
        complete: (request, call) => provider.complete(request, call),
        forgo: () => undefined,
        end: () => undefined,
      }),
  };
}
