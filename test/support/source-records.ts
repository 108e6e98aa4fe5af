import type { RecordBatch, SourceRecord } from '../../kafka/record-source.ts';

/** A received record with the given value; objects become JSON. */
export function aSourceRecord(value: unknown, overrides: Partial<SourceRecord> = {}): SourceRecord {
  return {
    topic: 'llm.requests',
    partition: 0,
    offset: '7',
    timestamp: '1700000000000',
    key: Buffer.from('customer-1'),
    value: Buffer.isBuffer(value) || value === null ? value : Buffer.from(JSON.stringify(value)),
    headers: [],
    ...overrides,
  };
}

/** A batch that notes what its handler did to it, and can be taken away. */
export function aBatch(records: readonly SourceRecord[]) {
  const leave = new AbortController();
  const resolved: string[] = [];
  let heartbeats = 0;
  let lostWith: Error | undefined;
  const batch: RecordBatch = {
    topic: 'llm.requests',
    partition: 0,
    records,
    lag: 0,
    signal: leave.signal,
    resolve: (offset) => resolved.push(offset),
    heartbeat() {
      heartbeats += 1;
      return lostWith === undefined ? Promise.resolve() : Promise.reject(lostWith);
    },
  };
  return {
    batch,
    resolved,
    heartbeats: () => heartbeats,
    leave: () => {
      leave.abort();
    },
    lose: (error: Error) => {
      lostWith = error;
    },
  };
}
