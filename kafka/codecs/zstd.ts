import { decompress, init } from '@bokuweb/zstd-wasm';
import { assertUnderCap, codecUnavailable, type Decompress } from './capped.ts';

const MAGIC = 0xfd2fb528;
/** The format's own limit for a block. */
const MAX_BLOCK_BYTES = 128 * 1024;
const CONTENT_SIZE_BYTES = [0, 2, 4, 8] as const;
const DICTIONARY_ID_BYTES = [0, 1, 2, 4] as const;

/** @param load brings the library into memory; it is called again after a failure. */
export function createZstd(load: () => Promise<void>): Decompress {
  let ready: Promise<void> | undefined;
  const loadOnce = () =>
    (ready ??= load().catch((cause: unknown) => {
      ready = undefined;
      throw codecUnavailable('zstd', cause);
    }));
  return async (compressed, maxBytes) => {
    const bytes = largestOutput(compressed);
    assertUnderCap(bytes, maxBytes);
    await loadOnce();
    const opened = decompress(compressed, { defaultHeapSize: Math.max(bytes, 1) });
    return Buffer.from(opened.buffer, opened.byteOffset, opened.byteLength);
  };
}

/** The library takes the memory the frame asks for, so the frame is read for that first. One frame, as producers write it. */
export const decompressZstd = createZstd(init);

/** What the frame says, or, as producers that stream do not say it, what its blocks can become at most. */
function largestOutput(frame: Buffer): number {
  if (frame.readUInt32LE(0) !== MAGIC) throw new Error('The batch is no zstd frame');
  const descriptor = frame.readUInt8(4);
  const isSingleSegment = (descriptor & 0x20) !== 0;
  const sizeBytes = CONTENT_SIZE_BYTES[(descriptor >> 6) as 0 | 1 | 2 | 3] || (isSingleSegment ? 1 : 0);
  const sizeAt = 5 + (isSingleSegment ? 0 : 1) + DICTIONARY_ID_BYTES[(descriptor & 3) as 0 | 1 | 2 | 3];
  if (sizeBytes > 0) return readContentSize(frame, sizeAt, sizeBytes);
  return sumBlocks(frame, sizeAt);
}

function readContentSize(frame: Buffer, at: number, sizeBytes: number): number {
  if (sizeBytes === 8) return Number(frame.readBigUInt64LE(at));
  // Two bytes count from 256: smaller sizes fit in one.
  return frame.readUIntLE(at, sizeBytes) + (sizeBytes === 2 ? 256 : 0);
}

function sumBlocks(frame: Buffer, firstAt: number): number {
  let bytes = 0;
  for (let at = firstAt; ;) {
    const header = frame.readUIntLE(at, 3);
    const isLast = (header & 1) === 1;
    const type = (header >> 1) & 3;
    const size = header >> 3;
    const isRepeatedByte = type === 1;
    bytes += type === 2 ? MAX_BLOCK_BYTES : size;
    if (isLast) return bytes;
    at += 3 + (isRepeatedByte ? 1 : size);
  }
}
