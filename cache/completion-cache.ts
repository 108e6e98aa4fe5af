import type { Completion } from '../contracts/completion.ts';

/** What is kept of an answer that held. */
export type StoredAnswer = Pick<Completion, 'text' | 'model'>;

/** Answers by request, and the leave to ask for one. Every method may reject: `forgiving-cache.ts` is for callers. */
export interface CompletionCache {
  /** `undefined`: not there, or no longer. */
  get(key: string): Promise<StoredAnswer | undefined>;
  set(key: string, answer: StoredAnswer): Promise<void>;
  /**
   * Held, no other process that shares the cache gets it, for as long as this one lives. `undefined`: another one has it.
   * It may be lost without notice, and then only costs a second call.
   */
  lock(key: string): Promise<CacheLock | undefined>;
  close(): Promise<void>;
}

export interface CacheLock {
  release(): Promise<void>;
}
