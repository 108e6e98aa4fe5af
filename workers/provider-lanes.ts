import type { Client } from '@temporalio/client';
import type { ProcessContext } from '../lifecycle/component.ts';
import { openLane, type ProviderLane } from './provider-lane.ts';

/** All providers that this process may ask. */
export interface ProviderLanes {
  readonly inOrder: readonly ProviderLane[];
  leave(): Promise<void>;
}

export function openLanes(context: ProcessContext, client: Client): ProviderLanes {
  const inOrder = context.config.providers.inOrder.map((config) => openLane(context, client, config));
  return {
    inOrder,
    async leave() {
      await Promise.all(inOrder.map((lane) => lane.leave()));
    },
  };
}
