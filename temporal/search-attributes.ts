import type { Client } from '@temporalio/client';
import { SEARCH_ATTRIBUTES } from '../contracts/search-attributes.ts';
import { DependencyUnavailableError } from '../lifecycle/errors.ts';

/** `temporal.api.enums.v1.IndexedValueType.INDEXED_VALUE_TYPE_KEYWORD` */
const KEYWORD: number = 2;

/** As the first calls of a connection have. */
const TIMEOUT_MS = 10_000;

function isKeyword(type: number | null | undefined): boolean {
  return type === KEYWORD;
}

/**
 * Registers the search attributes that are missing; doing it twice, or in two processes at once, changes nothing.
 * @throws {DependencyUnavailableError} when they cannot be looked at, or one is missing and may not be added, or exists with
 *   another type: starting workflows without it would fail one by one.
 */
export async function ensureSearchAttributes(client: Client): Promise<void> {
  const { namespace } = client.options;
  const names = Object.values(SEARCH_ATTRIBUTES).map((key) => key.name);
  const existing = await existingAttributes(client);
  const mistyped = names.filter((name) => existing[name] !== undefined && !isKeyword(existing[name]));
  if (mistyped.length > 0) {
    throw new DependencyUnavailableError(
      `The search attributes ${mistyped.join(', ')} of namespace "${namespace}" exist, but not as Keyword: remove them, then start again`,
    );
  }
  const missing = names.filter((name) => existing[name] === undefined);
  if (missing.length > 0) await add(client, missing);
}

async function existingAttributes(client: Client): Promise<Readonly<Record<string, number>>> {
  const { namespace } = client.options;
  const { operatorService } = client.connection;
  try {
    const list = () => operatorService.listSearchAttributes({ namespace });
    return (await client.withDeadline(Date.now() + TIMEOUT_MS, list)).customAttributes;
  } catch (cause) {
    throw new DependencyUnavailableError(
      `The search attributes of namespace "${namespace}" cannot be looked at: may this client list them? (${messageOf(cause)})`,
      { cause },
    );
  }
}

async function add(client: Client, missing: readonly string[]): Promise<void> {
  const { namespace } = client.options;
  const { operatorService } = client.connection;
  const searchAttributes = Object.fromEntries(missing.map((name) => [name, KEYWORD]));
  try {
    const addMissing = () => operatorService.addSearchAttributes({ namespace, searchAttributes });
    await client.withDeadline(Date.now() + TIMEOUT_MS, addMissing);
  } catch (cause) {
    if (/already exists/i.test(messageOf(cause))) return;
    throw new DependencyUnavailableError(
      `The search attributes ${missing.join(', ')} are missing in namespace "${namespace}" and could not be added: ` +
        `create them as Keyword with "temporal operator search-attribute create" (${messageOf(cause)})`,
      { cause },
    );
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
