/** What LLM_PROVIDER, and `kind` in the providers file, may say; `providers/provider-factory.ts` has an implementation for each. */
export const PROVIDER_NAMES = ['openai'] as const;
export type ProviderName = (typeof PROVIDER_NAMES)[number];
