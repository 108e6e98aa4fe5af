import type { Client } from '@temporalio/client';
import type { ProviderConfig } from '../config/providers.ts';
import type { ProcessContext } from '../lifecycle/component.ts';
import { openLane, type ProviderLane } from './provider-lane.ts';

/** All providers that this process may ask. */
export interface ProviderLanes {
  readonly inOrder: readonly ProviderLane[];
  readonly forLongMessages: readonly ProviderLane[];
  leave(): Promise<void>;
}

export function openLanes(context: ProcessContext, client: Client): ProviderLanes {
  const open = (config: ProviderConfig) => openLane(context, client, config);
  const { providers } = context.config;
  const inOrder = providers.inOrder.map(open);
  const forLongMessages = providers.forLongMessages.map(open);
  return {
    inOrder,
    forLongMessages,
    async leave() {
      await Promise.all([...inOrder, ...forLongMessages].map((lane) => lane.leave()));
    },
  };
}
