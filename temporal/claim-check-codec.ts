import { asyncLocalStorage } from '@temporalio/activity';
import type { Payload, PayloadCodec, SerializationContext } from '@temporalio/common';
import { sha256Of } from '../blobs/blob-key.ts';
import type { BlobStore } from '../blobs/blob-store.ts';
import { MAX_INLINE_PAYLOAD_BYTES } from '../contracts/limits.ts';

/** What a payload's metadata says in place of its own encoding, which stands beside it. Outside names: they are in histories. */
const ENCODING = 'binary/claim-check';
const OWN_ENCODING = 'claim-check-encoding';

/** The data of a payload whose own data are a blob: JSON, so that a reader of the history sees it. */
interface Claim {
  readonly key: string;
  /** Of the blob, in hex. */
  readonly sha256: string;
  readonly bytes: number;
}

/** The blob is there, but is not what was stored. Its content is never used. */
export class BlobAlteredError extends Error {
  constructor(key: string, store: string) {
    super(`The blob ${key} in ${store} was altered: its content is not what its reference says`);
    this.name = 'BlobAlteredError';
  }
}

/**
 * Stores large payloads as blobs and puts references in their place. Small ones, and what was written before there was a store, pass
 * as they are.
 *
 * A store that fails, or lacks a blob, is a fault of the world: what is encoded or decoded fails, and Temporal, or the bridge, repeats it.
 */
export function createClaimCheckCodec(store: BlobStore, maxInlineBytes = MAX_INLINE_PAYLOAD_BYTES): PayloadCodec {
  return {
    encode: (payloads, context) =>
      Promise.all(
        payloads.map((payload) =>
          (payload.data?.length ?? 0) > maxInlineBytes && !staysInProcess(context)
            ? checkIn(payload, store)
            : Promise.resolve(payload),
        ),
      ),
    decode: (payloads) =>
      Promise.all(
        payloads.map((payload) =>
          textOf(payload.metadata?.['encoding']) === ENCODING ? redeem(payload, store) : Promise.resolve(payload),
        ),
      ),
  };
}

/**
 * The arguments of a local activity, unlike its result, never go to Temporal. An activity's result is encoded within its own context, its
 * arguments in none.
 */
function staysInProcess(context: SerializationContext | undefined): boolean {
  return context?.type === 'activity' && context.isLocal && asyncLocalStorage.getStore() === undefined;
}

async function checkIn({ metadata, data: own }: Payload, store: BlobStore): Promise<Payload> {
  const { encoding, ...others } = metadata ?? {};
  const data = own ?? new Uint8Array();
  const sha256 = sha256Of(data);
  const claim: Claim = { key: await store.put(data, sha256), sha256, bytes: data.length };
  return {
    metadata: { ...others, encoding: Buffer.from(ENCODING), ...(encoding && { [OWN_ENCODING]: encoding }) },
    data: Buffer.from(JSON.stringify(claim)),
  };
}

async function redeem({ metadata, data }: Payload, store: BlobStore): Promise<Payload> {
  const { encoding: _, [OWN_ENCODING]: encoding, ...others } = metadata ?? {};
  const claim = JSON.parse(textOf(data)) as Claim;
  const bytes = await store.get(claim.key);
  if (bytes.length !== claim.bytes || sha256Of(bytes) !== claim.sha256)
    throw new BlobAlteredError(claim.key, store.name);
  return { metadata: { ...others, ...(encoding && { encoding }) }, data: bytes };
}

function textOf(bytes: Uint8Array | null | undefined): string {
  return bytes === null || bytes === undefined
    ? ''
    : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString();
}
