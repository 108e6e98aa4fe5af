import type { Logger } from '../telemetry/logger.ts';
import type { CacheLock, CompletionCache } from './completion-cache.ts';

/** How long a message may be held up by a cache that does not answer, each time it is asked. */
const ANSWER_TIMEOUT_MS = 250;

export interface ForgivingCacheDeps {
  readonly logger: Logger;
  /** Something was asked in vain. */
  readonly onError: () => void;
}

/** In place of one that nobody knows to be held. */
const NOBODYS: CacheLock = { release: () => Promise.resolve() };

/** Nobody waits for it any more, and held it would be for ever. */
function releaseWhenThere(asked: Promise<CacheLock | undefined>): void {
  asked.then((late) => late?.release()).catch(() => undefined);
}

/** The same cache, but one that fails or hangs has nothing, keeps nothing, and leaves everybody to ask. Nothing rejects. */
export function forgive(cache: CompletionCache, { logger, onError }: ForgivingCacheDeps): CompletionCache {
  let failing = false;

  async function ask<T>(question: () => Promise<T>, otherwise: T): Promise<T> {
    try {
      const answer = await within(ANSWER_TIMEOUT_MS, question());
      if (failing) logger.info('the cache answers again');
      failing = false;
      return answer;
    } catch (error) {
      onError();
      // One line an outage, not one a message.
      if (!failing) logger.warn({ err: error }, 'the cache does not answer: the provider is asked for everything');
      failing = true;
      return otherwise;
    }
  }

  return {
    get: (key) => ask(() => cache.get(key), undefined),
    set: (key, answer) => ask(() => cache.set(key, answer), undefined),
    async lock(key) {
      const asked = cache.lock(key);
      const lock = await ask(() => asked, NOBODYS);
      if (lock === NOBODYS) releaseWhenThere(asked);
      return lock && { release: () => ask(() => lock.release(), undefined) };
    },
    close: () => ask(() => cache.close(), undefined),
  };
}

async function within<T>(timeoutMs: number, work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      // An event loop that stood still sees its timers first: the answer may be there, unread.
      setImmediate(reject, new Error(`no answer within ${String(timeoutMs)} ms`));
    }, timeoutMs);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
