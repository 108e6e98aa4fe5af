import type { Clock } from '../clock.ts';
import type { BenchMessage } from '../sender.ts';
import type { Mix } from './mix.ts';

export interface BacklogOptions {
  readonly mix: Mix;
  /** Messages that are sent and have not ended. */
  readonly size: number;
  readonly ended: () => number;
  /** Resolves when the broker has all of them. */
  readonly send: (messages: readonly BenchMessage[]) => Promise<void>;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

const TOP_UP_EVERY_MS = 500;
/** Below the broker's limit of 1 MiB for one partition's part of a request. */
const MOST_A_REQUEST = 500;

/**
 * Keeps a backlog: what has ended is replaced within half a second, so that the provider's limit is all there is to wait
 * for. Resolves when the signal says so.
 * @throws what `send` throws
 */
export async function keepBacklog({ mix, size, ended, send, clock, signal }: BacklogOptions): Promise<void> {
  let sent = 0;
  while (!signal.aborted) {
    const missing = Math.min(size - (sent - ended()), MOST_A_REQUEST);
    if (missing > 0) {
      await send(mix.next(missing));
      sent += missing;
    }
    if (missing < MOST_A_REQUEST) await clock.sleep(TOP_UP_EVERY_MS);
  }
}
