import type { IHeaders } from 'kafkajs';
import type { ReadRecord } from '../../dev/stack/followed-topic.ts';

/** A header's only value as text; `undefined` when there is none. */
export function headerText({ headers }: Pick<ReadRecord, 'headers'>, name: string): string | undefined {
  return headers[name]?.toString();
}

/** Every header with its value or values as text. */
export function headerTexts(headers: IHeaders): Record<string, string | string[] | undefined> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [
      name,
      Array.isArray(value) ? value.map(String) : value?.toString(),
    ]),
  );
}
