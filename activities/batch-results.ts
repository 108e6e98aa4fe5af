import { LRUCache } from 'lru-cache';
import type { BatchAnswer, BatchProvider } from '../providers/batch-provider.ts';

export interface EndedBatch {
  readonly hasEnded: true;
  readonly description: string;
  /** By the provider's own word: nothing was paid. */
  readonly answeredNothing: boolean;
  /** As a whole. */
  readonly refused: boolean;
  /** By the `customId` of the line. */
  readonly answers: ReadonlyMap<string, BatchAnswer>;
}
export type BatchResults = { readonly hasEnded: false; readonly description: string } | EndedBatch;

/** Each may hold a file of hundreds of megabytes while it is read. */
const DOWNLOADS_AT_A_TIME = 2;
/** What has been read is kept for the messages that come later: most read within seconds of each other. */
const KEPT_MS = 5 * 60_000;
const KEPT_BYTES = 64 * 1024 * 1024;
/** Of an answer besides its text. */
const OVERHEAD_BYTES = 1_000;

/** Downloads the answers of a batch once for all its messages in this process. What failed, or has not ended, is asked for anew. */
export function createBatchResults(provider: BatchProvider): (batchId: string) => Promise<BatchResults> {
  const kept = new LRUCache<string, EndedBatch>({
    ttl: KEPT_MS,
    // A process that reads no batch any more must not hold the last ones.
    ttlAutopurge: true,
    // Looked up anew each time: a test's clock comes later than the library.
    perf: { now: () => performance.now() },
    maxSize: KEPT_BYTES,
    // The last one is kept, however large it is.
    sizeCalculation: ({ answers }) => Math.min(KEPT_BYTES, sizeOf(answers)),
  });
  // Whoever comes while a batch is asked about, or waits for its download, waits with the others.
  const underWay = new Map<string, Promise<BatchResults>>();
  const inTurn = atMost(DOWNLOADS_AT_A_TIME);
  // Shared by many activities: none of them may end it for the others.
  const { signal } = new AbortController();

  async function read(batchId: string): Promise<BatchResults> {
    const state = await provider.state(batchId, signal);
    const { hasEnded, description, answeredNothing, refused } = state;
    if (!hasEnded) return { hasEnded, description };
    const answers = await inTurn(() => provider.answers(state, signal));
    const results = { hasEnded, description, answeredNothing, refused, answers };
    kept.set(batchId, results);
    return results;
  }

  return async (batchId) => {
    const known = kept.get(batchId);
    if (known !== undefined) return known;
    const reading = underWay.get(batchId) ?? read(batchId).finally(() => underWay.delete(batchId));
    underWay.set(batchId, reading);
    return reading;
  };
}

function sizeOf(answers: EndedBatch['answers']): number {
  let bytes = OVERHEAD_BYTES;
  for (const answer of answers.values()) {
    bytes += OVERHEAD_BYTES + (answer.kind === 'completion' ? 2 * answer.completion.text.length : 0);
  }
  return bytes;
}

/** Runs so many at a time, in the order in which they come. */
function atMost(atATime: number): <T>(work: () => Promise<T>) => Promise<T> {
  let free = atATime;
  const waiting: (() => void)[] = [];
  return async (work) => {
    if (free > 0) free -= 1;
    else await new Promise<void>((resolve) => waiting.push(resolve));
    try {
      return await work();
    } finally {
      const next = waiting.shift();
      if (next === undefined) free += 1;
      else next();
    }
  };
}
