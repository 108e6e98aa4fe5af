import type { Client } from '@temporalio/client';
import { askRegularly } from '../lifecycle/ask-regularly.ts';
import type { DependencyState } from '../lifecycle/dependency-state.ts';

const ASK_EVERY_MS = 5_000;
const ASK_TIMEOUT_MS = 5_000;

/**
 * Asks Temporal for the namespace every 5 s. Workers need it: the SDK's pollers wait out an outage without a word, and call
 * themselves running.
 * @returns a function that ends the asking; a question under way ends unheard.
 */
export function watchTemporal(client: Client, state: DependencyState): () => void {
  const { namespace } = client.options;
  const ask = () =>
    client.withDeadline(Date.now() + ASK_TIMEOUT_MS, () => client.workflowService.describeNamespace({ namespace }));
  return askRegularly(ask, { everyMs: ASK_EVERY_MS, state });
}
