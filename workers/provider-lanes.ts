import type { Client } from '@temporalio/client';
import type { ProviderConfig } from '../config/providers.ts';
import { CEILING_BUDGET } from '../contracts/rate-budget.ts';
import type { ProcessContext } from '../lifecycle/component.ts';
import type { Limiter } from '../providers/limiter.ts';
import { openLane, type ProviderLane } from './provider-lane.ts';
import { shareLimits } from './shared-limits.ts';

/** How many calls run and how many permits wait, each lane bounds by itself: a permit that waits for work is nobody's reason to wait. */
const ALL = { name: CEILING_BUDGET, maxConcurrency: Infinity, boundsUnused: false };

/** All providers that this process may ask. */
export interface ProviderLanes {
  /** Over all of them together; absent: there is none. */
  readonly ceiling: Limiter | undefined;
  readonly inOrder: readonly ProviderLane[];
  readonly forLongMessages: readonly ProviderLane[];
  /** The workers poll. */
  join(): void;
  leave(): Promise<void>;
}

export function openLanes(context: ProcessContext, client: Client): ProviderLanes {
  const { providers } = context.config;
  const ceiling = providers.ceiling && shareLimits(context, client, { ...ALL, limits: providers.ceiling });
  const open = (config: ProviderConfig) => openLane(context, client, { config, ceiling });
  const inOrder = providers.inOrder.map(open);
  const forLongMessages = providers.forLongMessages.map(open);
  const all = [...inOrder, ...forLongMessages, ...(ceiling === undefined ? [] : [ceiling])];
  return {
    ceiling: ceiling?.limiter,
    inOrder,
    forLongMessages,
    join() {
      for (const limited of all) limited.join();
    },
    async leave() {
      await Promise.all(all.map((limited) => limited.leave()));
    },
  };
}
