import type { ProviderName } from '../contracts/provider-names.ts';
import type { RateLimits } from '../contracts/rate-budget.ts';

/** Whom the `llm` role may ask. */
export interface ProvidersConfig {
  /** The first one that gives a permit is asked; at least one. */
  readonly inOrder: readonly ProviderConfig[];
  /** For messages that are too long for the one that was asked, in order; they get no others. */
  readonly forLongMessages: readonly ProviderConfig[];
  /** Milliseconds that a permit of one provider is waited for before the next one's is taken. */
  readonly maxWaitMs: number;
  /** Over all of them together. Absent: each one's own limits are all. */
  readonly ceiling: RateLimits | undefined;
}

export interface ProviderConfig {
  /** Unique: as results and its rate budget name it. */
  readonly name: string;
  readonly kind: ProviderName;
  readonly apiKey?: string | undefined;
  readonly baseUrl?: string | undefined;
  readonly model: string;
  /** Of all `llm` workers together. */
  readonly requestsPerMinute?: number | undefined;
  readonly tokensPerMinute?: number | undefined;
  readonly tokenCounting: TokenCounting;
  /** Of one process. */
  readonly maxConcurrency: number;
}

export const TOKEN_COUNTINGS = ['larger', 'sum'] as const;
type TokenCounting = (typeof TOKEN_COUNTINGS)[number];

/** The easy case: no list. */
export function onlyProvider(provider: ProviderConfig): ProvidersConfig {
  return { inOrder: [provider], forLongMessages: [], maxWaitMs: Infinity, ceiling: undefined };
}

/** As Azure documents it; OpenAI documents the other one, and most others document nothing. */
export function usualCounting(baseUrl: string | undefined): TokenCounting {
  return baseUrl !== undefined && new URL(baseUrl).hostname.endsWith('.azure.com') ? 'sum' : 'larger';
}
