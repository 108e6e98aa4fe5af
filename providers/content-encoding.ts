import { pipeline, type Readable } from 'node:stream';
import { createBrotliDecompress, createGunzip, createInflate } from 'node:zlib';
import { UnreadableEncodingError } from './transport-fault.ts';

const DECODERS = new Map([
  ['gzip', createGunzip],
  ['x-gzip', createGunzip],
  ['deflate', createInflate],
  ['br', createBrotliDecompress],
]);
/** Nobody needs more, and each one multiplies what a few kilobytes can become. */
const MAX_ENCODINGS = 2;

/**
 * The body as it was before `content-encoding`. Nothing compressed is asked for, but a gateway in between may answer so.
 * @param encoding the header: names in any case, in the order in which they were applied.
 * @throws {UnreadableEncodingError} the body is destroyed then.
 */
export function decoded(body: Readable, encoding: string | string[] | undefined): Readable {
  const header = [encoding ?? []].flat().join(', ');
  const names = header
    .toLowerCase()
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '' && name !== 'identity');
  const decoders = names.flatMap((name) => DECODERS.get(name) ?? []);
  if (decoders.length < names.length || names.length > MAX_ENCODINGS) {
    // Destroyed before its end it emits an error, which nobody need hear.
    body.on('error', () => undefined).destroy();
    throw new UnreadableEncodingError(header);
  }
  // Destroys the one with the other; who reads sees what failed.
  return decoders.reduceRight<Readable>((from, create) => pipeline(from, create(), () => undefined), body);
}
