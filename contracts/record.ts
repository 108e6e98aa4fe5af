/**
 * A Kafka record in a form that survives JSON (a workflow's history is JSON) without changing a byte.
 */
export type EncodedBytes = { readonly utf8: string } | { readonly base64: string };

export interface RecordSource {
  readonly topic: string;
  readonly partition: number;
  /** An int64 in decimal, as Kafka counts. */
  readonly offset: string;
}

export interface InputRecord {
  readonly source: RecordSource;
  /** Milliseconds since the epoch in decimal, as the broker or producer stamped it. */
  readonly timestamp: string;
  readonly key: EncodedBytes | null;
  /** In the order received; a name may occur more than once, and a value be null. */
  readonly headers: readonly (readonly [name: string, value: EncodedBytes | null])[];
  /**
   * The value. As raw text when a workflow carries it: re-serialising the parsed object would change its bytes, and
   * `JSON.stringify` throws on JSON nested ten thousand deep, which `JSON.parse` accepts.
   */
  readonly value: EncodedBytes | null;
}

/** A record to be written. */
export interface OutgoingRecord {
  readonly topic: string;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  /** In order; a name may occur more than once, and a value be null. */
  readonly headers: readonly (readonly [name: string, value: Buffer | null])[];
}

const strictUtf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Text where the bytes are UTF-8 (a reader of the history can then read it), base64 otherwise. */
export function encodeBytes(bytes: Uint8Array): EncodedBytes {
  try {
    return { utf8: strictUtf8.decode(bytes) };
  } catch {
    return { base64: Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64') };
  }
}

export function decodeBytes(encoded: EncodedBytes): Buffer {
  return 'utf8' in encoded ? Buffer.from(encoded.utf8, 'utf8') : Buffer.from(encoded.base64, 'base64');
}
