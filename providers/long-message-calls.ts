import type { FallbackLane } from './fallback-source.ts';
import type { Permit } from './limiter.ts';
import type { ProviderCall } from './provider-call.ts';
import { ProviderError } from './provider.ts';

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
  /**
   * Resolves when it may be called: the permit is in use. Rejects with the signal's reason when aborted.
   * @throws {ProviderError} at once where it gets no calls, or too many messages wait for it: each does so in a slot of all messages.
   */
  take(provider: string, signal: AbortSignal): Promise<ProviderCall>;
}

/** @param options.mostWaiting so many messages may wait at a time. */
export function createLongMessageCalls(
  sources: ReadonlyMap<string, FallbackLane>,
  { mostWaiting }: { readonly mostWaiting: number },
): LongMessageCalls {
  let waiting = 0;

  async function acquire(source: FallbackLane, name: string, signal: AbortSignal): Promise<Permit> {
    if (waiting >= mostWaiting) throw noCall(`too many messages wait for ${name}`);
    waiting += 1;
    const ends = new AbortController();
    const either = AbortSignal.any([signal, ends.signal]);
    source.whenShut(either).then(
      () => {
        ends.abort(noCall(`no calls go to ${name} at the moment`));
      },
      () => undefined,
    );
    try {
      return await source.acquire(either);
    } finally {
      waiting -= 1;
      ends.abort();
    }
  }

  return {
    ...longMessageOrder([...sources.keys()]),
    has: (provider) => sources.has(provider),
    async take(provider, signal) {
      const source = sources.get(provider);
      if (source === undefined) throw new Error(`no provider "${provider}" for long messages`);
      const permit = await acquire(source, provider, signal);
      permit.use();
      return { ...source.callWith(permit), degraded: true };
    },
  };
}

function noCall(because: string): ProviderError {
  return new ProviderError('unavailable', because, { maybePaid: false });
}
