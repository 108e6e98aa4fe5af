import type { Client } from '@temporalio/client';
import type { ProviderConfig } from '../config/providers.ts';
import { CEILING_BUDGET } from '../contracts/rate-budget.ts';
import type { ProcessContext } from '../lifecycle/component.ts';
import { openLane, type ProviderLane } from './provider-lane.ts';
import { shareLimits } from './shared-limits.ts';

/** Each lane bounds its concurrency itself. */
const ALL = { name: CEILING_BUDGET, maxConcurrency: Infinity };

/** All providers that this process may ask. */
export interface ProviderLanes {
  readonly inOrder: readonly ProviderLane[];
  readonly forLongMessages: readonly ProviderLane[];
  leave(): Promise<void>;
}

export function openLanes(context: ProcessContext, client: Client): ProviderLanes {
  const { providers } = context.config;
  const ceiling = providers.ceiling && shareLimits(context, client, { ...ALL, limits: providers.ceiling });
  const open = (config: ProviderConfig) => openLane(context, client, { config, ceiling });
  const inOrder = providers.inOrder.map(open);
  const forLongMessages = providers.forLongMessages.map(open);
  return {
    inOrder,
    forLongMessages,
    async leave() {
      const all = [...inOrder, ...forLongMessages, ...(ceiling === undefined ? [] : [ceiling])];
      await Promise.all(all.map((limited) => limited.leave()));
    },
  };
}
