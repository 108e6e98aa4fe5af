import type { MessageFailureType } from '../contracts/failure-types.ts';
import { INPUT_HEADERS } from '../contracts/headers.ts';
import { isDeeperThan } from '../contracts/json-depth.ts';
import { hasMoreValuesThan } from '../contracts/json-values.ts';
import { MAX_HEADERS, MAX_HEADER_BYTES, MAX_JSON_DEPTH, MAX_JSON_VALUES, MAX_KEY_BYTES } from '../contracts/limits.ts';
import type { SourceRecord } from '../kafka/record-source.ts';

/** What the bridge reads of a message to route it. Anything of a wrong type is absent: `validate` says what is wrong with it. */
export interface Routing {
  readonly type?: string;
  readonly tenant?: string;
  /** 1 (first) to 5. */
  readonly priority?: number;
}

export type DecodedRecord =
  | { readonly kind: 'message'; readonly id: string | undefined; readonly routing: Routing }
  | { readonly kind: 'refused'; readonly type: MessageFailureType; readonly reason: string };

const strictUtf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/**
 * Whether a record can become a workflow. Every JSON object can, also one that is no valid message: only the workflow knows the
 * message types, and its dead letter shows in Temporal. Sizes come before content, so that nothing too large is parsed.
 */
export function decodeRecord(record: SourceRecord, maxRecordBytes: number): DecodedRecord {
  const { value, key, headers } = record;
  if (value === null) return unreadable('The value is null (a tombstone)');
  if (value.length > maxRecordBytes) return tooLarge('value', value.length, maxRecordBytes);
  if (key !== null && key.length > MAX_KEY_BYTES) return tooLarge('key', key.length, MAX_KEY_BYTES);
  const headerBytes = headers.reduce(
    (sum, [name, content]) => sum + Buffer.byteLength(name) + (content?.length ?? 0),
    0,
  );
  if (headers.length > MAX_HEADERS || headerBytes > MAX_HEADER_BYTES) {
    const found = `${String(headers.length)} headers with ${String(headerBytes)} bytes`;
    const limit = `${String(MAX_HEADERS)} headers and ${String(MAX_HEADER_BYTES)} bytes`;
    return { kind: 'refused', type: 'Message.TooManyHeaders', reason: `${found}; the limit is ${limit}` };
  }
  // Each takes two bytes, so that an ordinary value need not be looked through.
  if (value.length > 2 * MAX_JSON_VALUES && hasMoreValuesThan(MAX_JSON_VALUES, value)) {
    const reason = `The value is JSON of more than ${String(MAX_JSON_VALUES)} values`;
    return { kind: 'refused', type: 'Message.TooLarge', reason };
  }
  const text = decodeUtf8(value);
  if (text === undefined) return unreadable('The value is not valid UTF-8');
  return decodeText(text, record);
}

function decodeText(text: string, record: SourceRecord): DecodedRecord {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    // The engine's own message quotes the text: foreign, and no help beyond this.
    return unreadable('The value is not valid JSON');
  }
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) {
    return unreadable('The value is JSON, but not an object');
  }
  if (isDeeperThan(MAX_JSON_DEPTH, parsed)) {
    return unreadable(`The value is JSON nested more than ${String(MAX_JSON_DEPTH)} levels deep`);
  }
  const { id, type, tenant, priority } = parsed as Record<string, unknown>;
  return {
    kind: 'message',
    id: isText(id) ? id : idFromHeaders(record),
    routing: {
      ...(isText(type) ? { type } : {}),
      ...(isText(tenant) ? { tenant } : {}),
      ...(isPriority(priority) ? { priority } : {}),
    },
  };
}

function idFromHeaders({ headers }: SourceRecord): string | undefined {
  for (const wanted of [INPUT_HEADERS.messageId, INPUT_HEADERS.cloudEventsId]) {
    const content = headers.find(([name]) => name === wanted)?.[1];
    const id = content ? decodeUtf8(content) : undefined;
    if (isText(id)) return id;
  }
  return undefined;
}

function decodeUtf8(bytes: Buffer): string | undefined {
  try {
    return strictUtf8.decode(bytes);
  } catch {
    return undefined;
  }
}

const isText = (value: unknown): value is string => typeof value === 'string' && value !== '';
const isPriority = (value: unknown): value is number =>
  Number.isInteger(value) && Number(value) >= 1 && Number(value) <= 5;

const unreadable = (reason: string): DecodedRecord => ({ kind: 'refused', type: 'Message.Unreadable', reason });
const tooLarge = (part: string, bytes: number, limit: number): DecodedRecord => ({
  kind: 'refused',
  type: 'Message.TooLarge',
  reason: `The ${part} has ${String(bytes)} bytes; the limit is ${String(limit)}`,
});
