import { gzipSync } from 'node:zlib';
import { compress as zstd, init } from '@bokuweb/zstd-wasm';
import { compressFrame as lz4 } from 'lz4-napi';
import { compress as snappy } from 'snappy';
import type { Decompress } from '../../../kafka/codecs/capped.ts';
import { decompressGzip } from '../../../kafka/codecs/gzip.ts';
import { decompressLz4 } from '../../../kafka/codecs/lz4.ts';
import { decompressSnappy } from '../../../kafka/codecs/snappy.ts';
import { createZstd, decompressZstd } from '../../../kafka/codecs/zstd.ts';

const MAX = 4 * 1024 * 1024;

/** As Java's library: a header, then blocks with their lengths. */
async function snappyOfJava(data: Buffer): Promise<Buffer> {
  const parts: Uint8Array[] = [Buffer.from('82534e41505059000000000100000001', 'hex')];
  for (let at = 0; at < data.length; at += 32_768) {
    const block = await snappy(data.subarray(at, at + 32_768));
    const length = Buffer.alloc(4);
    length.writeUInt32BE(block.length);
    parts.push(length, block);
  }
  return Buffer.concat(parts);
}

const codecs: readonly [string, (data: Buffer) => Promise<Buffer>, Decompress][] = [
  ['gzip', async (data) => gzipSync(data), decompressGzip],
  ['snappy', (data) => snappy(data), decompressSnappy],
  ["snappy in Java's blocks", snappyOfJava, decompressSnappy],
  ['lz4', (data) => lz4(data), decompressLz4],
  ['zstd', async (data) => Buffer.from(zstd(new Uint8Array(data))), decompressZstd],
];

beforeAll(() => init());

describe.each(codecs)('%s', (_name, compress, decompress) => {
  it.each([0, 1, 300, 70_000, MAX])('opens what has %i bytes', async (length) => {
    const data = Buffer.alloc(length, 'a record, and another one; ');
    expect((await decompress(await compress(data), MAX)).equals(data)).toBe(true);
  });

  it('refuses what would be larger, before it takes the memory', async () => {
    const bomb = await compress(Buffer.alloc(200 * 1024 * 1024));
    const before = process.memoryUsage.rss();
    await expect(decompress(bomb, MAX)).rejects.toMatchObject({ code: 'BATCH_TOO_LARGE' });
    expect(process.memoryUsage.rss() - before).toBeLessThan(50 * 1024 * 1024);
  });

  it('refuses what is cut off or is something else', async () => {
    const whole = await compress(Buffer.alloc(70_000, 'a record, and another one; '));
    for (const bad of [whole.subarray(0, whole.length / 2), Buffer.from('no compressed data'), Buffer.alloc(0)]) {
      await expect(decompress(bad, MAX)).rejects.toThrow();
    }
  });
});

it('a zstd frame without its size, as producers that stream write it, is measured by its blocks', async () => {
  // A frame of 1,000 blocks that repeat one byte 100,000 times each.
  const block = (isLast: boolean) => {
    const header = (100_000 << 3) | (1 << 1) | (isLast ? 1 : 0);
    return Buffer.from([header & 0xff, (header >> 8) & 0xff, (header >> 16) & 0xff, 0x61]);
  };
  const frame = (blocks: number) =>
    Buffer.concat([
      Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0x00, 0x58]),
      ...Array.from({ length: blocks }, (_, index) => block(index === blocks - 1)),
    ]);
  expect(await decompressZstd(frame(3), MAX)).toEqual(Buffer.alloc(300_000, 'a'));
  await expect(decompressZstd(frame(1_000), MAX)).rejects.toMatchObject({ code: 'BATCH_TOO_LARGE' });
});

it('zstd that could not be loaded is no fault of the data, and is loaded again', async () => {
  const loads = [Promise.reject(new Error('EMFILE: too many open files')), Promise.resolve()];
  const decompressOnce = createZstd(() => loads.shift()!);
  const data = Buffer.from('a record');
  const compressed = Buffer.from(zstd(new Uint8Array(data)));
  await expect(decompressOnce(compressed, MAX)).rejects.toMatchObject({
    code: 'CODEC_UNAVAILABLE',
    message: 'zstd could not be loaded: EMFILE: too many open files',
  });
  expect(await decompressOnce(compressed, MAX)).toEqual(data);
  expect(await decompressOnce(compressed, MAX)).toEqual(data);
});
