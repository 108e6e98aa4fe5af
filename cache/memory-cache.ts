import { LRUCache } from 'lru-cache';
import type { CompletionCache, StoredAnswer } from './completion-cache.ts';

/** Of an entry besides its text: key, object, and the places in the cache's own tables. */
const OVERHEAD_BYTES = 500;

/** Of this process alone; what was used longest ago goes first when the bytes are used up. */
export function createMemoryCache({ ttlMs, maxBytes }: { ttlMs: number; maxBytes: number }): CompletionCache {
  const answers = new LRUCache<string, StoredAnswer>({
    ttl: ttlMs,
    // Looked up anew each time: a test's clock comes later than the library.
    perf: { now: () => performance.now() },
    maxSize: maxBytes,
    sizeCalculation: ({ text }) => OVERHEAD_BYTES + 2 * text.length,
  });
  return {
    get: (key) => Promise.resolve(answers.get(key)),
    set(key, answer) {
      answers.set(key, answer);
      return Promise.resolve();
    },
    // Nobody else shares it.
    lock: () => Promise.resolve({ release: () => Promise.resolve() }),
    close: () => Promise.resolve(),
  };
}
