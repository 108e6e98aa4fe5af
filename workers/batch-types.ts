import type { ProcessorRegistry } from '../processors/registry.ts';
import { requireKnownTypes } from './known-types.ts';

/**
 * The message types that go through the provider's batches: those configured, and no other; where nothing is configured, those
 * whose processor says so.
 * @throws {ConfigurationError} for types that nobody knows: messages of a misspelt one would be paid in full.
 */
export function batchTypesOf(
  configured: readonly string[] | undefined,
  registry: ProcessorRegistry,
): ReadonlySet<string> {
  if (configured === undefined) return new Set(registry.types().filter((type) => registry.get(type)?.batch));
  requireKnownTypes('LLM_BATCH_TYPES', configured, registry);
  return new Set(configured);
}
