import { uncompress } from 'snappy';
import { assertUnderCap, type Decompress } from './capped.ts';

/** "\x82SNAPPY\0", then two versions of four bytes. Java writes blocks behind it, each with its length in front. */
const JAVA_MAGIC = Buffer.from([0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0x00]);
const JAVA_HEADER_BYTES = 16;

/** Raw, as librdkafka writes it, and in the blocks of Java's library. */
export const decompressSnappy: Decompress = async (compressed, maxBytes) => {
  const isFramed = compressed.subarray(0, JAVA_MAGIC.length).equals(JAVA_MAGIC);
  const blocks = isFramed ? readBlocks(compressed) : [compressed];
  assertUnderCap(
    blocks.reduce((sum, block) => sum + uncompressedLength(block), 0),
    maxBytes,
  );
  const opened: Buffer[] = [];
  for (const block of blocks) opened.push((await uncompress(block, { asBuffer: true })) as Buffer);
  return Buffer.concat(opened);
};

function readBlocks(framed: Buffer): Buffer[] {
  const blocks: Buffer[] = [];
  for (let at = JAVA_HEADER_BYTES; at < framed.length;) {
    const end = at + 4 + framed.readUInt32BE(at);
    if (end > framed.length) throw new Error('A snappy block is cut off');
    blocks.push(framed.subarray(at + 4, end));
    at = end;
  }
  return blocks;
}

/** A block begins with it, as a varint; the library takes that much memory before it looks further. */
function uncompressedLength(block: Buffer): number {
  let length = 0;
  for (let index = 0; index < 5; index += 1) {
    const byte = block.readUInt8(index);
    length += (byte & 0x7f) * 2 ** (7 * index);
    if (byte < 0x80) return length;
  }
  throw new Error('A snappy block does not begin with its length');
}
