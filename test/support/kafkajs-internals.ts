import type { KafkaMessage } from 'kafkajs';
// @ts-expect-error kafkajs types only what it exports.
import untypedDecoder from 'kafkajs/src/protocol/decoder.js';
// @ts-expect-error kafkajs types only what it exports.
import untypedDecodeMessages from 'kafkajs/src/protocol/requests/fetch/v4/decodeMessages.js';
// @ts-expect-error kafkajs types only what it exports.
import untypedRecord from 'kafkajs/src/protocol/recordBatch/record/v0/index.js';
// @ts-expect-error kafkajs types only what it exports.
import untypedBatch from 'kafkajs/src/protocol/recordBatch/v0/index.js';
// @ts-expect-error kafkajs types only what it exports.
import untypedRequests from 'kafkajs/src/protocol/requests/index.js';
// @ts-expect-error kafkajs types only what it exports.
import untypedQueue from 'kafkajs/src/network/requestQueue/index.js';

interface Encoded {
  readonly buffer: Buffer;
}

export interface RawRecord {
  readonly offsetDelta?: number;
  readonly key?: Buffer | null;
  readonly value?: Buffer | null;
  readonly headers?: readonly (readonly [name: string, value: Buffer | null])[];
}

export const encodeRecord = untypedRecord as (record: RawRecord) => Encoded;
const { RecordBatch } = untypedBatch as {
  RecordBatch: (batch: {
    records: readonly Encoded[];
    lastOffsetDelta: number;
    compression?: number;
  }) => Promise<Encoded>;
};

/** A batch as a producer sends it. */
export async function encodeBatch(records: readonly RawRecord[], compression = 0): Promise<Buffer> {
  const encoded = records.map((record, index) =>
    encodeRecord({ offsetDelta: index, key: null, value: null, ...record }),
  );
  const batch = { records: encoded, lastOffsetDelta: records.length - 1, compression };
  return Buffer.from((await RecordBatch(batch)).buffer);
}

const Decoder = untypedDecoder as new (buffer: Buffer) => object;
const decodeMessages = untypedDecodeMessages as (decoder: object) => Promise<KafkaMessage[]>;

/** What a fetch makes of batches in a broker's answer. */
export function decodeBatches(...batches: readonly Buffer[]): Promise<KafkaMessage[]> {
  const bytes = Buffer.concat(batches);
  const length = Buffer.alloc(4);
  length.writeInt32BE(bytes.length);
  return decodeMessages(new Decoder(Buffer.concat([length, bytes])));
}

export type VersionRanges = Readonly<Record<number, { readonly minVersion: number; readonly maxVersion: number }>>;
export const { lookup } = untypedRequests as { lookup: (versions: VersionRanges) => unknown };

export const RequestQueue = untypedQueue as new (options: object) => {
  readonly throttleCheckTimeoutId: unknown;
  checkPendingRequests(): void;
};
