import { setTimeout as delay } from 'node:timers/promises';
import type { Client } from '@temporalio/client';
import type { DependencyState } from '../lifecycle/dependency-state.ts';

const ASK_EVERY_MS = 5_000;
const ASK_TIMEOUT_MS = 5_000;

/**
 * Asks Temporal for the namespace every 5 s. Workers need it: the SDK's pollers wait out an outage without a word, and call
 * themselves running.
 * @returns a function that ends the asking; a question under way ends unheard.
 */
export function watchTemporal(client: Client, state: DependencyState): () => void {
  const stopping = new AbortController();
  const { namespace } = client.options;
  const ask = () =>
    client.withDeadline(Date.now() + ASK_TIMEOUT_MS, () => client.workflowService.describeNamespace({ namespace }));

  async function askUntilStopped(): Promise<never> {
    const { signal } = stopping;
    for (;;) {
      await delay(ASK_EVERY_MS, undefined, { signal });
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
