import { gzipSync } from 'node:zlib';
import { encodeBatch } from './kafkajs-internals.ts';

const HEADER_BYTES = 61;

/** A batch of `count` records, its section compressed by hand, with the checksum that belongs to it. */
export async function gzipped(count: number, change: (record: Buffer) => Buffer): Promise<Buffer> {
  const plain = await encodeBatch([{}]);
  const batch = Buffer.concat([plain.subarray(0, HEADER_BYTES), gzipSync(change(plain.subarray(HEADER_BYTES)))]);
  batch.writeInt16BE(1, 21);
  batch.writeInt32BE(count - 1, 23);
  batch.writeInt32BE(count, 57);
  return withChecksum(batch);
}

/** What the log cleaner leaves of a producer's last batch when all its records are gone. */
export async function emptied(firstOffset: number, lastOffset: number): Promise<Buffer> {
  const batch = (await encodeBatch([{}])).subarray(0, HEADER_BYTES);
  batch.writeInt32BE(lastOffset - firstOffset, 23);
  batch.writeInt32BE(0, 57);
  return at(firstOffset, withChecksum(batch));
}

/** The checksum leaves a batch's first offset out: the broker writes it. */
export function at(firstOffset: number, batch: Buffer): Buffer {
  batch.writeBigInt64BE(BigInt(firstOffset));
  return batch;
}

export function withChecksum(batch: Buffer): Buffer {
  batch.writeInt32BE(batch.length - 12, 8);
  let crc = 0xffffffff;
  for (const byte of batch.subarray(21)) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit += 1) crc = (crc >>> 1) ^ (crc & 1 ? 0x82f63b78 : 0);
  }
  batch.writeUInt32BE(~crc >>> 0, 17);
  return batch;
}
