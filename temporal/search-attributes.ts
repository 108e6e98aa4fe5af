import type { Client } from '@temporalio/client';
import { SEARCH_ATTRIBUTES } from '../contracts/search-attributes.ts';
import { DependencyUnavailableError } from '../lifecycle/errors.ts';

/** `temporal.api.enums.v1.IndexedValueType.INDEXED_VALUE_TYPE_KEYWORD` */
const KEYWORD: number = 2;

function isKeyword(type: number | null | undefined): boolean {
  return type === KEYWORD;
}

/**
 * Registers the search attributes that are missing; doing it twice, or in two processes at once, changes nothing.
 * @throws {DependencyUnavailableError} when one is missing and may not be added, or exists with another type: starting
 *   workflows without it would fail one by one.
 */
export async function ensureSearchAttributes(client: Client): Promise<void> {
  const { namespace } = client.options;
  const service = client.connection.operatorService;
  const names = Object.values(SEARCH_ATTRIBUTES).map((key) => key.name);
  const existing = (await service.listSearchAttributes({ namespace })).customAttributes;
  const mistyped = names.filter((name) => existing[name] !== undefined && !isKeyword(existing[name]));
  if (mistyped.length > 0) {
    throw new DependencyUnavailableError(
      `The search attributes ${mistyped.join(', ')} of namespace "${namespace}" exist, but not as Keyword: remove them, then start again`,
    );
  }
  const missing = names.filter((name) => existing[name] === undefined);
  if (missing.length === 0) return;
  try {
    await service.addSearchAttributes({
      namespace,
      searchAttributes: Object.fromEntries(missing.map((name) => [name, KEYWORD])),
    });
  } catch (cause) {
    if (cause instanceof Error && /already exists/i.test(cause.message)) return;
    throw new DependencyUnavailableError(
      `The search attributes ${missing.join(', ')} are missing in namespace "${namespace}" and could not be added: ` +
        `create them as Keyword with "temporal operator search-attribute create" (${cause instanceof Error ? cause.message : String(cause)})`,
      { cause },
    );
  }
}
