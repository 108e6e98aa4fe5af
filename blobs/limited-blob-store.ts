import { within } from '../lifecycle/within.ts';
import { BlobStoreError, type BlobStore } from './blob-store.ts';
import { createCallQueue, type Turn } from './call-queue.ts';

/** How long a caller waits for its answer. */
export interface Patience {
  readonly limitMs: number;
  /** Waiting for a turn counts with `asked`, and not with `begun`. */
  readonly since: 'asked' | 'begun';
}

export interface CallLimits {
  readonly atATime: number;
  readonly hangsAfterMs: number;
}

/**
 * A disk or server that hangs is one that does not answer. What it was asked, and cannot be called back, may still be done.
 * @returns the store for callers of different patience, who share its turns.
 */
export function limitCalls(store: BlobStore, { atATime, hangsAfterMs }: CallLimits): (patience: Patience) => BlobStore {
  const queue = createCallQueue({
    ...{ places: atATime, hangsAfterMs },
    refusal: () =>
      new BlobStoreError(
        `${store.name} does not answer: ${String(atATime)} calls wait for it since ${String(hangsAfterMs)} ms`,
      ),
  });
  return (patience) => {
    const inTurn = <T>(call: (signal: AbortSignal) => Promise<T>) => callInTurn(call, { store, queue, ...patience });
    return {
      ...store,
      put: (bytes, sha256) => inTurn((signal) => store.put(bytes, sha256, signal)),
      get: (key) => inTurn((signal) => store.get(key, signal)),
      check: () => inTurn((signal) => store.check(signal)),
    };
  };
}

interface CallOptions extends Patience {
  readonly store: BlobStore;
  readonly queue: { join(): Turn };
}

async function callInTurn<T>(
  call: (signal: AbortSignal) => Promise<T>,
  { store, queue, limitMs, since }: CallOptions,
): Promise<T> {
  const late = () => new BlobStoreError(`${store.name} did not answer within ${String(limitMs)} ms`);
  const askedAt = performance.now();
  const turn = queue.join();
  try {
    await (since === 'asked' ? within(limitMs, turn.comes, late) : turn.comes);
  } catch (error) {
    turn.ends();
    throw error;
  }
  const giveUp = new AbortController();
  const work = call(giveUp.signal);
  work.then(turn.ends, turn.ends);
  const leftMs = since === 'asked' ? limitMs - (performance.now() - askedAt) : limitMs;
  return within(leftMs, work, () => {
    giveUp.abort();
    return late();
  });
}
