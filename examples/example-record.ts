import type { ExampleSet } from '../contracts/pipeline.ts';
import type { OutgoingRecord } from '../contracts/record.ts';
import type { ProcessorRegistry } from '../processors/registry.ts';
import { checkExampleSet } from './example-set.ts';

/** Records of the examples topic: key = message type, so that compaction keeps the newest set of each. */

export function toExampleRecord(topic: string, set: ExampleSet): OutgoingRecord {
  return { topic, key: Buffer.from(set.type), value: Buffer.from(JSON.stringify(set)), headers: [] };
}

/** A tombstone: the type has no examples any more. */
export function toRemovalRecord(topic: string, type: string): OutgoingRecord {
  return { topic, key: Buffer.from(type), value: null, headers: [] };
}

export type ExampleChange =
  | { readonly kind: 'set'; readonly set: ExampleSet }
  | { readonly kind: 'removed'; readonly type: string }
  | { readonly kind: 'invalid'; readonly problem: string };

/**
 * What a record of the topic says. Checked like a source's document: whoever can write to the topic could otherwise put
 * anything into every prompt. Never throws.
 */
export function fromExampleRecord(
  record: { key: Buffer | null; value: Buffer | null },
  registry: ProcessorRegistry,
): ExampleChange {
  if (record.key === null) return { kind: 'invalid', problem: 'no key' };
  const type = record.key.toString();
  if (record.value === null) return { kind: 'removed', type };
  const processor = registry.get(type);
  if (processor === undefined) return { kind: 'invalid', problem: 'no processor for the type' };
  try {
    const { set, problems } = checkExampleSet(JSON.parse(record.value.toString()), processor);
    return set === undefined ? { kind: 'invalid', problem: problems.join('; ') } : { kind: 'set', set };
  } catch (error) {
    return { kind: 'invalid', problem: String(error) };
  }
}
