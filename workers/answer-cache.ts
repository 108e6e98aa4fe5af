import { forgive } from '../cache/forgiving-cache.ts';
import { createMemoryCache } from '../cache/memory-cache.ts';
import { openRedisCache } from '../cache/redis-cache.ts';
import type { AnswerSource } from '../cache/request-key.ts';
import { shareAnswers } from '../cache/shared-answers.ts';
import type { ProcessContext } from '../lifecycle/component.ts';
import type { ProcessorRegistry } from '../processors/registry.ts';
import type { CallSource } from '../providers/provider-calls.ts';
import { requireKnownTypes } from './known-types.ts';

/** The answers that a process's identical requests share. */
export interface AnswerCache {
  /** @param from where its calls go. */
  share<Source extends CallSource>(source: Source, from: Omit<AnswerSource, 'provider'>): Source;
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
  return {
    share(source, { baseUrl, model }) {
      const shared = shareAnswers({
        cache,
        source: { baseUrl, model },
        onResult(result) {
          count(result);
          logger.debug({ result }, 'asked the cache for an answer');
        },
      });
      return { ...source, callWith: (permit, counted) => shared(source.callWith(permit, counted)) };
    },
    close: () => cache.close(),
  };
}
