import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { assertUnderCap, hasCode, type Decompress } from './capped.ts';

const unzip = promisify(gunzip);

/** kafkajs has this codec, without a cap: 200 KB become 200 MiB. */
export const decompressGzip: Decompress = async (compressed, maxBytes) => {
  try {
    return await unzip(compressed, { maxOutputLength: maxBytes });
  } catch (error) {
    if (hasCode(error, 'ERR_BUFFER_TOO_LARGE')) assertUnderCap(Infinity, maxBytes);
    throw error;
  }
};
