import type { ActivitySlotInfo, CustomSlotSupplier } from '@temporalio/worker';
import type { CallSlot, ProviderCalls } from '../providers/provider-calls.ts';
import type { Metrics } from '../telemetry/metrics.ts';

/**
 * Lets an activity worker poll only as fast as the limiter gives permits, so that tasks wait in Temporal's queue, in its
 * priority and fairness order, and not in this process. A permit is the slot: the SDK hands back the very object that
 * `reserveSlot` returned.
 */
export function createPermitSlotSupplier(
  calls: Omit<ProviderCalls, 'take'>,
  metrics: Metrics,
): CustomSlotSupplier<ActivitySlotInfo> {
  const report = () => {
    metrics.llm.permitsHeld.set(calls.snapshot().held);
  };
  return {
    type: 'custom',
    async reserveSlot(_context, abortSignal) {
      const permit = await calls.acquire(abortSignal);
      report();
      return permit;
    },
    /** An eager activity would start without waiting for its turn. */
    tryReserveSlot: () => null,
    markSlotUsed({ permit }) {
      (permit as CallSlot).use();
      report();
    },
    /** Also called for a slot that found no task: then the permit goes back unused. */
    releaseSlot({ permit }) {
      (permit as CallSlot).release();
      report();
    },
  };
}
