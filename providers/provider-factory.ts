import { createOpenAiProvider } from './openai-provider.ts';
import { ConfigurationError } from '../lifecycle/errors.ts';
import type { CompletionProvider } from './provider.ts';

export interface ProviderSettings {
  /** A key of the table below; `openai` when absent. */
  readonly provider?: string | undefined;
  readonly apiKey: string | undefined;
  readonly baseUrl: string | undefined;
  readonly model: string;
}

/** Adding a provider is one file that implements `CompletionProvider`, and one line here. */
const PROVIDERS: ReadonlyMap<string, (settings: ProviderSettings) => CompletionProvider> = new Map([
  ['openai', ({ apiKey, baseUrl, model }: ProviderSettings) => createOpenAiProvider({ apiKey, baseUrl, model })],
]);

/** @throws {ConfigurationError} when the settings name a provider that there is not; the message lists those there are. */
export function createProvider(settings: ProviderSettings): CompletionProvider {
  const { provider = 'openai' } = settings;
  const create = PROVIDERS.get(provider);
  if (!create)
    throw new ConfigurationError(
      `LLM_PROVIDER: no provider "${provider}"; there are: ${[...PROVIDERS.keys()].join(', ')}`,
    );
  return create(settings);
}
