import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { DataConverter } from '@temporalio/common';
import type { PayloadsConfig } from '../config/load.ts';
import { createEncryptionCodec } from './encryption-codec.ts';

/** Beside this file, compiled or not. */
export const FAILURE_CONVERTER = fileURLToPath(
  new URL(`./failure-converter${extname(fileURLToPath(import.meta.url))}`, import.meta.url),
);

/**
 * What becomes of payloads on their way to Temporal: the same in every client and worker, or they could not read each other. Codecs
 * encode in the order of the list and decode in the opposite one; encryption comes first, so that whatever a later codec stores
 * elsewhere is encrypted, too.
 */
export function createDataConverter({ keys }: PayloadsConfig): DataConverter {
  const encryption = createEncryptionCodec(keys);
  return { payloadCodecs: [encryption], ...(keys.length > 0 && { failureConverterPath: FAILURE_CONVERTER }) };
}
