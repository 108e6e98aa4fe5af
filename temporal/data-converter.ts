import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { DataConverter } from '@temporalio/common';
import type { BlobStore } from '../blobs/blob-store.ts';
import type { PayloadsConfig } from '../config/load.ts';
import { createClaimCheckCodec } from './claim-check-codec.ts';
import { createEncryptionCodec } from './encryption-codec.ts';

/** Beside this file, compiled or not. */
export const FAILURE_CONVERTER = fileURLToPath(
  new URL(`./failure-converter${extname(fileURLToPath(import.meta.url))}`, import.meta.url),
);

/**
 * What becomes of payloads on their way to Temporal: the same in every client and worker, or they could not read each other. Codecs
 * encode in the order of the list and decode in the opposite one; encryption comes first, so that the claim check stores large payloads
 * encrypted, too.
 */
export function createDataConverter({ keys }: Pick<PayloadsConfig, 'keys'>, blobs: BlobStore): DataConverter {
  return {
    payloadCodecs: [createEncryptionCodec(keys), createClaimCheckCodec(blobs)],
    ...(keys.length > 0 && { failureConverterPath: FAILURE_CONVERTER }),
  };
}
