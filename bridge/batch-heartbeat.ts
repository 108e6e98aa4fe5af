import type { RecordBatch } from '../kafka/record-source.ts';

/** The group expects one every 30 s, and the source sends not more than one in 3 s. */
const HEARTBEAT_EVERY_MS = 1_000;

/**
 * Waits for work on a batch and heartbeats meanwhile. There is no timer that goes on alone: a batch that hangs outside of such
 * a wait stops its heartbeats, and the group gives the partition to another member.
 * @returns a wait to be used again and again for this batch. It rejects when the group no longer wants this member's work.
 */
export function waitWithHeartbeats(batch: Pick<RecordBatch, 'heartbeat'>): (work: Promise<unknown>) => Promise<void> {
  let nextBeatAt = Date.now() + HEARTBEAT_EVERY_MS;
  return async (work) => {
    for (let done = false; !done;) {
      done = await isSettled(work, nextBeatAt - Date.now());
      if (Date.now() < nextBeatAt) continue;
      await batch.heartbeat();
      nextBeatAt = Date.now() + HEARTBEAT_EVERY_MS;
    }
  };
}

async function isSettled(work: Promise<unknown>, withinMs: number): Promise<boolean> {
  // A plain timer: this runs for every record, and aborting a signal builds an exception with a stack trace.
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<false>((resolve) => {
    timer = setTimeout(resolve, Math.max(withinMs, 0), false);
  });
  try {
    return await Promise.race([work.then(() => true), late]);
  } finally {
    clearTimeout(timer);
  }
}
