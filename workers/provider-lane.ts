import type { Client } from '@temporalio/client';
import type { ProviderConfig } from '../config/providers.ts';
import type { ProcessContext } from '../lifecycle/component.ts';
import type { FallbackLane } from '../providers/fallback-source.ts';
import { createProviderCall } from '../providers/provider-call.ts';
import { createProvider } from '../providers/provider-factory.ts';
import type { CompletionProvider } from '../providers/provider.ts';
import { shareLimits, type SharedLimits } from './shared-limits.ts';

/** One provider as this process may use it: its limiter and breaker, in step with those of all other `llm` workers. */
export interface ProviderLane extends FallbackLane {
  readonly config: ProviderConfig;
  readonly join: SharedLimits['join'];
  readonly leave: SharedLimits['leave'];
}

export interface LaneOptions {
  readonly config: ProviderConfig;
  /** Over all lanes together; absent: the provider's own limits are all. */
  readonly ceiling: Pick<SharedLimits, 'mostTokensPerMinute'> | undefined;
}

export function openLane(context: ProcessContext, client: Client, { config, ceiling }: LaneOptions): ProviderLane {
  const { name, requestsPerMinute, tokensPerMinute, maxConcurrency, tokenCounting } = config;
  const shared = shareLimits(context, client, { name, limits: { requestsPerMinute, tokensPerMinute }, maxConcurrency });
  const { limiter: breaker } = shared;
  const provider = watchLimits(breaker.watch(createProvider(config)), shared.learn);
  const mostTokens = () =>
    Math.min(shared.mostTokensPerMinute() ?? Infinity, ceiling?.mostTokensPerMinute() ?? Infinity);
  return {
    config,
    acquire: (signal) => breaker.acquire(signal),
    whenShut: (signal) => breaker.whenShut(signal),
    callWith: (permit, counted = permit) =>
      createProviderCall(provider, counted, { counting: tokenCounting, perMinute: mostTokens }),
    snapshot: () => breaker.snapshot(),
    join: shared.join,
    leave: shared.leave,
  };
}

function watchLimits(
  provider: CompletionProvider,
  onRateLimits: NonNullable<Parameters<CompletionProvider['complete']>[1]['onRateLimits']>,
): CompletionProvider {
  return {
    name: provider.name,
    complete: (request, call) => provider.complete(request, { ...call, onRateLimits }),
  };
}
