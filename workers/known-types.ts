import { ConfigurationError } from '../lifecycle/errors.ts';
import type { ProcessorRegistry } from '../processors/registry.ts';

/** @throws {ConfigurationError} for message types of this variable that no processor has. */
export function requireKnownTypes(variable: string, types: readonly string[], registry: ProcessorRegistry): void {
  const unknown = types.filter((type) => registry.get(type) === undefined);
  if (unknown.length === 0) return;
  const known = registry.types().join(', ');
  throw new ConfigurationError(`${variable}: no processor for ${unknown.join(', ')}; known: ${known}`);
}
