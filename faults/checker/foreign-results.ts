import { isDeepStrictEqual } from 'node:util';
import type { ResultMessage } from '../../contracts/pipeline.ts';
import type { ReadRecord } from '../../dev/stack/followed-topic.ts';
import type { Evidence, SentRecord } from './evidence.ts';
import { groupBy, resultId } from './records.ts';

/** Results that are not their inputs', by id: what belongs to another one. */
export function foreignResults({ sent, results }: Pick<Evidence, 'sent' | 'results'>): ReadonlyMap<string, string> {
  const answered = sent.filter(({ expect }) => expect.result !== undefined);
  const inputs = groupBy(answered, ({ expect }) => String(expect.result));
  const found = new Map<string, string>();
  for (const result of results) {
    const id = resultId(result);
    // One that nobody asked for is not this check's.
    const differences = differencesOf(result, inputs.get(id) ?? []);
    if (inputs.has(id) && differences.length > 0) found.set(id, differences.map((one) => `another ${one}`).join(', '));
  }
  return found;
}

/** Of records with one id the first is worked on, whichever that was. */
function differencesOf(result: ReadRecord, inputs: readonly SentRecord[]): string[] {
  const id = resultId(result);
  const { id: ofValue, source, output } = valueOf(result);
  const input = inputs.find((one) => isDeepStrictEqual(one.source, source));
  if (input === undefined) return ['source'];
  return [
    ...(ofValue === id ? [] : ['id']),
    ...(result.key?.equals(input.key ?? Buffer.from(id)) === true ? [] : ['key']),
    ...(summaryOf(output).startsWith(input.answer ?? '') ? [] : ['answer']),
  ];
}

function valueOf({ value }: ReadRecord): Partial<ResultMessage> {
  try {
    return (JSON.parse(String(value)) ?? {}) as Partial<ResultMessage>;
  } catch {
    return {};
  }
}

const summaryOf = (output: unknown): string => String((output as { summary?: unknown } | null | undefined)?.summary);
