import { decompressFrame } from 'lz4-napi';
import { assertUnderCap, type Decompress } from './capped.ts';

const MAGIC = 0x184d2204;
/** No block of lz4 expands further. */
const MAX_RATIO = 255;

/** The library has no cap, so the frame says first what its blocks can become at most. */
export const decompressLz4: Decompress = async (compressed, maxBytes) => {
  const { end, largestOutput } = measureFrame(compressed);
  assertUnderCap(largestOutput, maxBytes);
  // Without what is behind it, which nobody has measured.
  return decompressFrame(compressed.subarray(0, end));
};

/** A frame's blocks are full but the last, so `largestOutput` is at most one block above the truth. */
function measureFrame(frame: Buffer): { end: number; largestOutput: number } {
  if (frame.readUInt32LE(0) !== MAGIC) throw new Error('The batch is no lz4 frame');
  const flags = frame.readUInt8(4);
  const maxBlockBytes = 2 ** (8 + 2 * ((frame.readUInt8(5) >> 4) & 7));
  const checksumBytes = (flags & 0x10) === 0 ? 0 : 4;
  const contentChecksumBytes = (flags & 0x04) === 0 ? 0 : 4;
  const contentSizeBytes = (flags & 0x08) === 0 ? 0 : 8;
  const dictionaryIdBytes = (flags & 0x01) === 0 ? 0 : 4;
  let at = 7 + contentSizeBytes + dictionaryIdBytes;
  let largestOutput = 0;
  for (;;) {
    const header = frame.readUInt32LE(at);
    at += 4;
    if (header === 0) return { end: at + contentChecksumBytes, largestOutput };
    const size = header & 0x7fffffff;
    const isStored = header >= 0x80000000;
    largestOutput += isStored ? size : Math.min(maxBlockBytes, size * MAX_RATIO);
    at += size + checksumBytes;
  }
}
