import type { WorkflowHandle } from '@temporalio/client';
import { waitUntil } from '../wait-until.ts';

/** @throws {Error} naming what did not happen within 30 s. */
export const until = (what: string, condition: () => Promise<boolean>): Promise<boolean> =>
  waitUntil(what, condition, { timeoutMs: 30_000 });

/** Whether the run waits for an activity that is not a local one: in `processMessage`, its call. */
export const hasCallUnderWay = async (handle: WorkflowHandle): Promise<boolean> =>
  ((await handle.describe()).raw.pendingActivities ?? []).length > 0;
