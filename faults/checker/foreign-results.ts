import { isDeepStrictEqual } from 'node:util';
import type { RecordSource } from '../../contracts/record.ts';
import type { ReadRecord } from '../../dev/stack/followed-topic.ts';
import type { Evidence, SentRecord } from './evidence.ts';
import { groupBy, placeOf, resultId, valueOf } from './records.ts';

type Inputs = Pick<Evidence, 'sent' | 'copies'>;

/** Results that are not their inputs', by id: what belongs to another one. */
export function foreignResults(evidence: Inputs & Pick<Evidence, 'results'>): ReadonlyMap<string, string> {
  const { sent, copies, results } = evidence;
  const answered = sent.filter(({ expect }) => expect.result !== undefined);
  const inputs = groupBy(answered, ({ expect }) => String(expect.result));
  const found = new Map<string, string>();
  for (const result of results) {
    const id = resultId(result);
    // One that nobody asked for is not this check's.
    const differences = differencesOf(result, { sent: inputs.get(id) ?? [], copies });
    if (inputs.has(id) && differences.length > 0) found.set(id, differences.map((one) => `another ${one}`).join(', '));
  }
  return found;
}

/** Of records with one id the first is worked on, whichever that was. */
function differencesOf(result: ReadRecord, inputs: Inputs): string[] {
  const id = resultId(result);
  const { id: ofValue, source, output } = valueOf(result);
  const input = source && inputAt(source, inputs);
  if (input === undefined) return ['source'];
  return [
    ...(ofValue === id ? [] : ['id']),
    ...(result.key?.equals(input.key ?? Buffer.from(id)) === true ? [] : ['key']),
    ...(summaryOf(output).startsWith(input.answer ?? '') ? [] : ['answer']),
  ];
}

function inputAt(source: RecordSource, { sent, copies }: Inputs): SentRecord | undefined {
  const copied = copies.get(placeOf({ source }));
  return sent.find(
    (one) => isDeepStrictEqual(one.source, source) || (one.source.topic === source.topic && one.content === copied),
  );
}

const summaryOf = (output: unknown): string => String((output as { summary?: unknown } | null | undefined)?.summary);
