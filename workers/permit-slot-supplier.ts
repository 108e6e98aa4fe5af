import type { ActivitySlotInfo, CustomSlotSupplier } from '@temporalio/worker';
import type { Limiter, Permit } from '../providers/limiter.ts';
import type { Metrics } from '../telemetry/metrics.ts';

/**
 * Lets an activity worker poll only as fast as the limiter gives permits, so that tasks wait in Temporal's queue, in its
 * priority and fairness order, and not in this process. A permit is the slot: the SDK hands back the very object that
 * `reserveSlot` returned.
 */
export function createPermitSlotSupplier(limiter: Limiter, metrics: Metrics): CustomSlotSupplier<ActivitySlotInfo> {
  const report = () => {
    metrics.llm.permitsHeld.set(limiter.snapshot().held);
  };
  return {
    type: 'custom',
    async reserveSlot(_context, abortSignal) {
      const permit = await limiter.acquire(abortSignal);
      report();
      return permit;
    },
    /** An eager activity would start without waiting for its turn. */
    tryReserveSlot: () => null,
    markSlotUsed({ permit }) {
      (permit as Permit).use();
      report();
    },
    /** Also called for a slot that found no task: then the permit goes back unused. */
    releaseSlot({ permit }) {
      (permit as Permit).release();
      report();
    },
  };
}
