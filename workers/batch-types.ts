import { ConfigurationError } from '../lifecycle/errors.ts';
import type { ProcessorRegistry } from '../processors/registry.ts';

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
  const unknown = configured.filter((type) => registry.get(type) === undefined);
  if (unknown.length > 0) {
    throw new ConfigurationError(
      `LLM_BATCH_TYPES: no processor for ${unknown.join(', ')}; known: ${registry.types().join(', ')}`,
    );
  }
  return new Set(configured);
}
