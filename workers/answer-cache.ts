import { forgive } from '../cache/forgiving-cache.ts';
import { createMemoryCache } from '../cache/memory-cache.ts';
import { openRedisCache } from '../cache/redis-cache.ts';
import { shareAnswers } from '../cache/shared-answers.ts';
import type { ProcessContext } from '../lifecycle/component.ts';
import type { ProcessorRegistry } from '../processors/registry.ts';
import type { CallSource } from '../providers/provider-calls.ts';
import { requireKnownTypes } from './known-types.ts';

/** The answers that a process's identical requests share. */
export interface AnswerCache {
  share(source: CallSource): CallSource;
  close(): Promise<void>;
}

/**
 * `undefined` where no message type may be answered from it.
 * @throws {ConfigurationError} for types that no processor has
 */
export async function openAnswerCache(
  { config, logger, metrics }: ProcessContext,
  registry: ProcessorRegistry,
): Promise<AnswerCache | undefined> {
  const { types, url, ttlMs, maxBytes } = config.cache;
  requireKnownTypes('CACHE_TYPES', types, registry);
  if (types.length === 0) return undefined;
  const count = (result: 'hit' | 'shared' | 'miss' | 'error') => {
    metrics.cache.requests.inc({ result });
  };
  const store = url === undefined ? createMemoryCache({ ttlMs, maxBytes }) : await openRedisCache({ url, ttlMs });
  const onError = () => {
    count('error');
  };
  const cache = forgive(store, { logger, onError });
  const { baseUrl, model } = config.llm;
  const shared = shareAnswers({
    cache,
    source: { baseUrl, model },
    onResult(result) {
      count(result);
      logger.debug({ result }, 'asked the cache for an answer');
    },
  });
  return {
    share: (source) => ({ ...source, callWith: (permit) => shared(source.callWith(permit)) }),
    close: () => cache.close(),
  };
}
