import { pause } from '../lifecycle/pause.ts';
import { within } from '../lifecycle/within.ts';
import type { Logger } from '../telemetry/logger.ts';
import type { BlobStore } from './blob-store.ts';

const SWEEP_EVERY_MS = 3_600_000;
/** For the request that is under way. A process that drains has better things to wait for. */
const CLOSE_TIMEOUT_MS = 2_000;

export interface SweeperDeps {
  readonly store: Pick<BlobStore, 'deleteUnusedSince'>;
  /** Milliseconds since a blob was last put or read. */
  readonly expiryMs: number;
  readonly logger: Logger;
  readonly everyMs?: number;
  readonly now?: () => number;
  /** From 0 to 1. */
  readonly random?: () => number;
  readonly closeTimeoutMs?: number;
}

/**
 * Deletes expired blobs every hour, beginning somewhere within the first: all pipeline workers do, and need not know of each other.
 * A store that fails is asked again the next time.
 * @returns what ends it, soon, whatever the store does: the next sweep of any process deletes what is left.
 */
export function startSweeper({ store, expiryMs, logger, ...rest }: SweeperDeps): { close(): Promise<void> } {
  const { everyMs = SWEEP_EVERY_MS, now = Date.now, random = Math.random, closeTimeoutMs = CLOSE_TIMEOUT_MS } = rest;
  const closing = new AbortController();
  async function sweep(): Promise<void> {
    await pause(everyMs * random(), closing.signal);
    while (!closing.signal.aborted) {
      try {
        const deleted = await store.deleteUnusedSince(new Date(now() - expiryMs), closing.signal);
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
      await within(closeTimeoutMs, sweeping, () => new Error('The sweep goes on')).catch((error: unknown) => {
        logger.warn({ err: error }, 'the blob store does not end its sweep');
      });
    },
  };
}
