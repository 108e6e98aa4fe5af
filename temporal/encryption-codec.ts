import { createCipheriv, createDecipheriv, createHmac, hkdfSync, randomBytes } from 'node:crypto';
import type { Payload, PayloadCodec } from '@temporalio/common';
import protocol from '@temporalio/proto';
import type { PayloadKey } from '../config/payload-keys.ts';
import { MAX_INLINE_PAYLOAD_BYTES } from '../contracts/limits.ts';

const { Payload: PayloadMessage } = protocol.temporal.api.common.v1;

const CIPHER = 'aes-256-gcm';
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
/** As Temporal's samples name them: its UI and tools show such payloads as encrypted. */
const ENCODING = 'binary/encrypted';
const KEY_ID = 'encryption-key-id';

/** A payload cannot be read: its key is not here, or it is not what was encrypted. */
export class DecryptionError extends Error {
  constructor(message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = 'DecryptionError';
  }
}

/**
 * AES-256-GCM around whole payloads, their metadata included: nonce, ciphertext, tag. The key's id stands beside it in clear and is
 * authenticated with it. The first key encrypts, any decrypts; what is not encrypted passes as it is, so that runs from before
 * encryption was switched on go on. Without keys nothing is encrypted, and what is cannot be read.
 *
 * The nonce is random, except for what is too large for Temporal: there the same payload gives the same ciphertext, so that a repeat stores no
 * second blob.
 */
export function createEncryptionCodec(keys: readonly PayloadKey[]): PayloadCodec {
  const [current] = keys.map(withNonceKey);
  const secrets = new Map(keys.map(({ id, secret }) => [id, secret]));
  return {
    encode: (payloads) =>
      Promise.resolve(current === undefined ? payloads : payloads.map((payload) => encrypt(payload, current))),
    // eslint-disable-next-line @typescript-eslint/require-await -- what it throws has to reject
    decode: async (payloads) =>
      payloads.map((payload) => (textOf(payload, 'encoding') === ENCODING ? decrypt(payload, secrets) : payload)),
  };
}

interface EncryptionKey extends PayloadKey {
  readonly nonceKey: Buffer;
}

/** The id is in it: under one nonce two ids, which are authenticated, would give away what GCM authenticates with. */
function withNonceKey({ id, secret }: PayloadKey): EncryptionKey {
  const derived = hkdfSync('sha256', secret, '', `nonce of large payloads ${id}`, secret.length);
  return { id, secret, nonceKey: Buffer.from(derived) };
}

function nonceFor(plain: Uint8Array, { nonceKey }: EncryptionKey): Buffer {
  if (NONCE_BYTES + plain.length + TAG_BYTES <= MAX_INLINE_PAYLOAD_BYTES) return randomBytes(NONCE_BYTES);
  return createHmac('sha256', nonceKey).update(plain).digest().subarray(0, NONCE_BYTES);
}

function encrypt(payload: Payload, key: EncryptionKey): Payload {
  const { id, secret } = key;
  const plain = PayloadMessage.encode(payload).finish();
  const nonce = nonceFor(plain, key);
  const cipher = createCipheriv(CIPHER, secret, nonce).setAAD(Buffer.from(id));
  return {
    metadata: { encoding: Buffer.from(ENCODING), [KEY_ID]: Buffer.from(id) },
    data: Buffer.concat([nonce, cipher.update(plain), cipher.final(), cipher.getAuthTag()]),
  };
}

function decrypt(payload: Payload, secrets: ReadonlyMap<string, Buffer>): Payload {
  const id = textOf(payload, KEY_ID);
  const secret = secrets.get(id);
  if (secret === undefined) {
    throw new DecryptionError(
      `A payload is encrypted with the key "${id}", which neither PAYLOAD_KEYS nor PAYLOAD_KEYS_FILE has`,
    );
  }
  const data = payload.data ?? new Uint8Array();
  try {
    const decipher = createDecipheriv(CIPHER, secret, data.subarray(0, NONCE_BYTES), { authTagLength: TAG_BYTES });
    decipher.setAAD(Buffer.from(id)).setAuthTag(data.subarray(-TAG_BYTES));
    const plain = Buffer.concat([decipher.update(data.subarray(NONCE_BYTES, -TAG_BYTES)), decipher.final()]);
    return PayloadMessage.decode(plain);
  } catch (cause) {
    throw new DecryptionError(`A payload cannot be decrypted with the key "${id}": it was altered, or the key was`, {
      cause,
    });
  }
}

function textOf({ metadata }: Payload, name: string): string {
  const value = metadata?.[name];
  return value === undefined ? '' : Buffer.from(value).toString();
}
