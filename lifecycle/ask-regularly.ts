import { setTimeout as delay } from 'node:timers/promises';
import type { DependencyState } from './dependency-state.ts';

/**
 * Asks again and again, so long after the end of the question before, and keeps what it shows of whom is asked.
 * @returns a function that ends it; a question under way ends unheard.
 */
export function askRegularly(
  ask: () => Promise<unknown>,
  { everyMs, state }: { readonly everyMs: number; readonly state: DependencyState },
): () => void {
  const stopping = new AbortController();

  async function askUntilStopped(): Promise<never> {
    const { signal } = stopping;
    for (;;) {
      await delay(everyMs, undefined, { signal });
      await ask().then(
        () => {
          state.succeeded();
        },
        (error: unknown) => {
          signal.throwIfAborted();
          state.failed(error);
        },
      );
    }
  }

  askUntilStopped().catch(() => undefined);
  return () => {
    stopping.abort();
  };
}
