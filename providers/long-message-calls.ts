import type { ProviderCall } from './provider-call.ts';
import type { CallSource } from './provider-calls.ts';

/** Providers for messages that are too long for the others, in the order in which they are tried. */
export interface LongMessageCalls {
  has(provider: string): boolean;
  /** Whom to ask next when this provider finds a message too long; `undefined`: nobody. */
  after(provider: string): string | undefined;
  /** Resolves when it may be called: the permit is in use. Rejects with the signal's reason when aborted. */
  take(provider: string, signal: AbortSignal): Promise<ProviderCall>;
}

export function createLongMessageCalls(sources: ReadonlyMap<string, CallSource>): LongMessageCalls {
  const names = [...sources.keys()];
  return {
    has: (provider) => sources.has(provider),
    after: (provider) => names[names.indexOf(provider) + 1],
    async take(provider, signal) {
      const source = sources.get(provider);
      if (source === undefined) throw new Error(`no provider "${provider}" for long messages`);
      const permit = await source.acquire(signal);
      permit.use();
      return { ...source.callWith(permit), degraded: true };
    },
  };
}
