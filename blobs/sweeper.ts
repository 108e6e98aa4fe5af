import { pause } from '../lifecycle/pause.ts';
import type { Logger } from '../telemetry/logger.ts';
import type { BlobStore } from './blob-store.ts';

const SWEEP_EVERY_MS = 3_600_000;

export interface SweeperDeps {
  readonly store: Pick<BlobStore, 'deleteUnusedSince'>;
  /** Milliseconds since a blob was last put or read. */
  readonly expiryMs: number;
  readonly logger: Logger;
  readonly everyMs?: number;
  readonly now?: () => number;
  /** From 0 to 1. */
  readonly random?: () => number;
}

/**
 * Deletes expired blobs every hour, beginning somewhere within the first: all pipeline workers do, and need not know of each other.
 * A store that fails is asked again the next time.
 * @returns what ends it.
 */
export function startSweeper({ store, expiryMs, logger, ...rest }: SweeperDeps): { close(): Promise<void> } {
  const { everyMs = SWEEP_EVERY_MS, now = Date.now, random = Math.random } = rest;
  const closing = new AbortController();
  async function sweep(): Promise<void> {
    await pause(everyMs * random(), closing.signal);
    while (!closing.signal.aborted) {
      try {
        const deleted = await store.deleteUnusedSince(new Date(now() - expiryMs));
        if (deleted > 0) logger.info({ deleted }, 'expired blobs deleted');
      } catch (error) {
        logger.warn({ err: error }, 'expired blobs cannot be deleted; trying again later');
      }
      await pause(everyMs, closing.signal);
    }
  }
  const sweeping = sweep();
  return {
    async close() {
      closing.abort();
      await sweeping;
    },
  };
}
