import type { Config } from '../config/load.ts';
import { ConfigurationError } from '../lifecycle/errors.ts';
import type { ProcessorRegistry } from '../processors/registry.ts';
import type { BatchProvider } from '../providers/batch-provider.ts';
import { createBatchProvider } from '../providers/provider-factory.ts';
import { batchTypesOf } from './batch-types.ts';

/**
 * The first provider's batches. `undefined` where it has none, and no message type asks for them.
 * @throws {ConfigurationError} where one does, or where a configured type is none.
 */
export function batchProviderOf(
  { llm, providers }: Pick<Config, 'llm' | 'providers'>,
  registry: ProcessorRegistry,
): BatchProvider | undefined {
  const [first] = providers.inOrder;
  const provider = first && createBatchProvider(first);
  const types = batchTypesOf(llm.batch.types, registry);
  if (provider === undefined && types.size > 0) {
    throw new ConfigurationError(`LLM_BATCH_TYPES: the provider "${first?.name ?? ''}" has no batches`);
  }
  return provider;
}
