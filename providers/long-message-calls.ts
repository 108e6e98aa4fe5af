import type { ProviderCall } from './provider-call.ts';
import type { CallSource } from './provider-calls.ts';

/** The providers for messages that are too long for the others. */
export interface LongMessageOrder {
  /** Whom to ask next when this provider finds a message too long; `undefined`: nobody. */
  after(provider: string): string | undefined;
}

export function longMessageOrder(names: readonly string[]): LongMessageOrder {
  // One that is not among them comes before the first.
  return { after: (provider) => names[names.indexOf(provider) + 1] };
}

export interface LongMessageCalls extends LongMessageOrder {
  has(provider: string): boolean;
  /** Resolves when it may be called: the permit is in use. Rejects with the signal's reason when aborted. */
  take(provider: string, signal: AbortSignal): Promise<ProviderCall>;
}

export function createLongMessageCalls(sources: ReadonlyMap<string, CallSource>): LongMessageCalls {
  return {
    ...longMessageOrder([...sources.keys()]),
    has: (provider) => sources.has(provider),
    async take(provider, signal) {
      const source = sources.get(provider);
      if (source === undefined) throw new Error(`no provider "${provider}" for long messages`);
      const permit = await source.acquire(signal);
      permit.use();
      return { ...source.callWith(permit), degraded: true };
    },
  };
}
