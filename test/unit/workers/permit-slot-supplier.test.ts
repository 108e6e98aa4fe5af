import type { ProviderCalls } from '../../../providers/provider-calls.ts';
import { createMetrics } from '../../../telemetry/metrics.ts';
import { createPermitSlotSupplier } from '../../../workers/permit-slot-supplier.ts';

const context = {
  slotType: 'activity',
  taskQueue: 'llm',
  workerIdentity: 'w',
  workerBuildId: '',
  isSticky: false,
} as const;
const slotInfo = { type: 'activity', activityType: 'complete' } as const;

function setup() {
  const steps: string[] = [];
  let grant = () => {};
  let held = 0;
  const calls: Omit<ProviderCalls, 'take'> = {
    acquire: (signal) =>
      new Promise((resolve, reject) => {
        signal.addEventListener('abort', () => {
          reject(signal.reason as Error);
        });
        grant = () => {
          held += 1;
          resolve({ use: () => steps.push('used') && held--, release: () => steps.push('released') });
        };
      }),
    snapshot: () => ({ held, inUse: 0, rates: {} }),
  };
  const metrics = createMetrics();
  const permitsHeld = async () => (await metrics.llm.permitsHeld.get()).values[0]?.value;
  return {
    supplier: createPermitSlotSupplier(calls, metrics),
    steps,
    grant: () => {
      grant();
    },
    permitsHeld,
  };
}

describe('a worker slot', () => {
  it('is reserved when the limiter gives a permit, and its life is the permit’s', async () => {
    const { supplier, steps, grant, permitsHeld } = setup();
    let reserved = false;
    const slot = supplier.reserveSlot(context, new AbortController().signal).finally(() => (reserved = true));
    await permitsHeld();
    expect(reserved).toBe(false);
    grant();
    const permit = await slot;
    expect(await permitsHeld()).toBe(1);
    supplier.markSlotUsed({ slotInfo, permit });
    expect(await permitsHeld()).toBe(0);
    supplier.releaseSlot({ slotInfo, permit });
    expect(steps).toEqual(['used', 'released']);
  });

  it('is not waited for any longer when the worker shuts down', async () => {
    const { supplier } = setup();
    const shutdown = new AbortController();
    const slot = supplier.reserveSlot(context, shutdown.signal);
    shutdown.abort();
    await expect(slot).rejects.toBe(shutdown.signal.reason);
  });

  it('is never given out eagerly, past the limiter', () => {
    expect(setup().supplier.tryReserveSlot(context)).toBeNull();
  });
});
