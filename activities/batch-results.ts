import type { BatchAnswer, BatchProvider } from '../providers/batch-provider.ts';

export interface EndedBatch {
  readonly hasEnded: true;
  readonly description: string;
  /** By the provider's own word: nothing was paid. */
  readonly answeredNothing: boolean;
  /** By the `customId` of the line. */
  readonly answers: ReadonlyMap<string, BatchAnswer>;
}
export type BatchResults = { readonly hasEnded: false; readonly description: string } | EndedBatch;

/** Batches whose answers are kept: their messages read them within seconds of each other. */
const KEPT_BATCHES = 4;

/** Downloads the answers of a batch once for all its messages in this process. What failed, or has not ended, is asked for anew. */
export function createBatchResults(provider: BatchProvider): (batchId: string) => Promise<BatchResults> {
  // In the order of use, the oldest first.
  const kept = new Map<string, Promise<BatchResults>>();
  // Shared by many activities: none of them may end it for the others.
  const { signal } = new AbortController();

  async function download(batchId: string): Promise<BatchResults> {
    const state = await provider.state(batchId, signal);
    const { hasEnded, description, answeredNothing } = state;
    if (!hasEnded) return { hasEnded, description };
    return { hasEnded, description, answeredNothing, answers: await provider.answers(state, signal) };
  }

  return (batchId) => {
    const results = kept.get(batchId) ?? download(batchId);
    kept.delete(batchId);
    kept.set(batchId, results);
    const forget = () => {
      if (kept.get(batchId) === results) kept.delete(batchId);
    };
    results.then(({ hasEnded }) => {
      if (!hasEnded) forget();
    }, forget);
    for (const oldest of [...kept.keys()].slice(0, -KEPT_BATCHES)) kept.delete(oldest);
    return results;
  };
}
