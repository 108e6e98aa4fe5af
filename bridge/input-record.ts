import { encodeBytes, type InputRecord } from '../contracts/record.ts';
import type { SourceRecord } from '../kafka/record-source.ts';

/** A received record in the form that travels through Temporal. */
export function toInputRecord({ topic, partition, offset, ...record }: SourceRecord): InputRecord {
  return {
    source: { topic, partition, offset },
    timestamp: record.timestamp,
    key: record.key === null ? null : encodeBytes(record.key),
    headers: record.headers.map(([name, value]) => [name, value === null ? null : encodeBytes(value)] as const),
    value: record.value === null ? null : encodeBytes(record.value),
  };
}
