import { createHash } from 'node:crypto';
import { workflowIdOf } from '../../contracts/message-id.ts';
import { DEAD_LETTER_HEADERS, RESULT_HEADERS } from '../../contracts/headers.ts';
import type { ResultMessage } from '../../contracts/pipeline.ts';
import type { ReadRecord } from '../../dev/stack/followed-topic.ts';
import type { SentRecord } from './evidence.ts';

const text = (record: ReadRecord, header: string): string => String(record.headers[header] ?? '');

export const resultId = (record: ReadRecord): string => text(record, RESULT_HEADERS.messageId);

export const failureTypeOf = (letter: ReadRecord): string => text(letter, DEAD_LETTER_HEADERS.failureType);

/** Which record it is the dead letter of, as `placeOf` writes it. */
export function deadPlace(letter: ReadRecord): string {
  const { originalPartition, originalOffset } = DEAD_LETTER_HEADERS;
  return `${text(letter, originalPartition)}:${text(letter, originalOffset)}`;
}

export const placeOf = ({ source }: Pick<SentRecord, 'source'>): string =>
  `${String(source.partition)}:${source.offset}`;

/** What a result says of itself; nothing where it is not one. */
export function valueOf({ value }: ReadRecord): Partial<ResultMessage> {
  try {
    return (JSON.parse(String(value)) ?? {}) as Partial<ResultMessage>;
  } catch {
    return {};
  }
}

export const workflowOf = ({ source, id }: SentRecord): string => workflowIdOf(source, id);

/** Everything about a record that its repeat has to have, too. */
export function bytesOf({ key, value, headers }: ReadRecord): string {
  const parts = Object.entries(headers).flatMap(([name, content]) => [name, hex(content)]);
  return [hex(key), ...parts, hex(value)].join('\n');
}

function hex(content: ReadRecord['headers'][string] | null): string {
  if (Array.isArray(content)) return content.map(hex).join(',');
  return content === null || content === undefined ? String(content) : Buffer.from(content).toString('hex');
}

/** Key and value, to be compared. */
export function contentOf({ key, value }: { key?: Buffer | string | null; value: Buffer | string | null }): string {
  const hash = createHash('sha256');
  for (const part of [key ?? null, value])
    hash.update(part === null ? 'null ' : `${String(Buffer.byteLength(part))} `).update(part ?? '');
  return hash.digest('hex');
}

export function groupBy<T>(items: readonly T[], keyOf: (item: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const group = groups.get(keyOf(item));
    if (group === undefined) groups.set(keyOf(item), [item]);
    else group.push(item);
  }
  return groups;
}
