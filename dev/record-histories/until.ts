import type { WorkflowHandle } from '@temporalio/client';
import { setTimeout as delay } from 'node:timers/promises';

/** @throws {Error} naming what did not happen within 30 s. */
export async function until(what: string, condition: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 30_000;
  while (Date.now() < deadline) {
    if (await condition().catch(() => false)) return;
    await delay(100);
  }
  throw new Error(`waited 30 s in vain for ${what}`);
}

/** Whether the run waits for an activity that is not a local one: in `processMessage`, its call. */
export const hasCallUnderWay = async (handle: WorkflowHandle): Promise<boolean> =>
  ((await handle.describe()).raw.pendingActivities ?? []).length > 0;
