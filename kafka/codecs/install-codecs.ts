import kafkajs from 'kafkajs';
import { MAX_BATCH_BYTES, type Decompress } from './capped.ts';
import { decompressGzip } from './gzip.ts';
import { decompressLz4 } from './lz4.ts';
import { decompressSnappy } from './snappy.ts';
import { decompressZstd } from './zstd.ts';

/** kafkajs keeps its codecs in one table for the whole process, so this is done once and again without harm. */
export function installCodecs(): void {
  const { CompressionCodecs, CompressionTypes } = kafkajs;
  CompressionCodecs[CompressionTypes.GZIP] = readOnly(decompressGzip);
  CompressionCodecs[CompressionTypes.Snappy] = readOnly(decompressSnappy);
  CompressionCodecs[CompressionTypes.LZ4] = readOnly(decompressLz4);
  CompressionCodecs[CompressionTypes.ZSTD] = readOnly(decompressZstd);
}

/** What is published is not compressed: see the produce session. */
const readOnly = (decompress: Decompress) => () => ({
  decompress: (compressed: Buffer) => decompress(compressed, MAX_BATCH_BYTES),
  compress: () => Promise.reject(new Error('Records are published without compression')),
});
