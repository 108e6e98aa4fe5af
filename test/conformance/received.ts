import type { RecordBatch, RecordHandlers, SourceRecord, UnreadableBatch } from '../../kafka/record-source.ts';

/** Handlers that keep what comes and resolve it, unless the test does otherwise. */
export function receive(overrides: Partial<RecordHandlers> = {}) {
  const records: SourceRecord[] = [];
  const unreadable: UnreadableBatch[] = [];
  const handlers: RecordHandlers = {
    async records(batch) {
      records.push(...batch.records);
      resolveAll(batch);
    },
    async unreadable(batch) {
      unreadable.push(batch);
      return true;
    },
    ...overrides,
  };
  return { records, unreadable, handlers, values: () => records.map(({ value }) => String(value)) };
}

export function resolveAll(batch: RecordBatch): void {
  const last = batch.records.at(-1);
  if (last !== undefined) batch.resolve(last.offset);
}
