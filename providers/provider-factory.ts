import type { ProviderConfig } from '../config/providers.ts';
import type { ProviderName } from '../contracts/provider-names.ts';
import type { BatchProvider } from './batch-provider.ts';
import { createOpenAiBatchProvider } from './openai-batch-provider.ts';
import { createOpenAiProvider } from './openai-provider.ts';
import type { CompletionProvider } from './provider.ts';

export type ProviderSettings = Pick<ProviderConfig, 'name' | 'kind' | 'apiKey' | 'baseUrl' | 'model'>;

/** Adding a provider is one file that implements `CompletionProvider`, its name in `contracts/`, and one line here. */
const PROVIDERS: Readonly<Record<ProviderName, (settings: ProviderSettings) => CompletionProvider>> = {
  openai: (settings) => createOpenAiProvider(settings),
};

export function createProvider(settings: ProviderSettings): CompletionProvider {
  return PROVIDERS[settings.kind](settings);
}

/** Those that have batches. */
const BATCH_PROVIDERS: Readonly<Partial<Record<ProviderName, (settings: ProviderSettings) => BatchProvider>>> = {
  openai: (settings) => createOpenAiBatchProvider(settings),
};

/** `undefined`: the provider has no batches. */
export function createBatchProvider(settings: ProviderSettings): BatchProvider | undefined {
  return BATCH_PROVIDERS[settings.kind]?.(settings);
}
