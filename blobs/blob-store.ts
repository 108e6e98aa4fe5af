/**
 * Where payloads live that are too large for Temporal. A blob is never changed, and is found by the key that `put` gave it; whoever
 * has the key has the means to tell whether the bytes are still the same. A signal says that nobody waits any more: what can be called
 * back, is.
 */
export interface BlobStore {
  /** As errors and the log name it. No secrets. */
  readonly name: string;
  /**
   * Resolves when the bytes will outlive a crash of this machine.
   * @param sha256 of the bytes, in hex.
   * @returns the key. The same bytes of the same day have the same key, so that a repeat stores nothing twice.
   * @throws {BlobStoreError}
   */
  put(bytes: Uint8Array, sha256: string, signal?: AbortSignal): Promise<string>;
  /**
   * Reading renews a blob's age, so that what is in use does not expire.
   * @throws {BlobMissingError} {BlobStoreError}
   */
  get(key: string, signal?: AbortSignal): Promise<Uint8Array>;
  /**
   * Deletes what nobody has put or read since. Several processes may do so at once.
   * @param signal ends it early: what is left is deleted the next time.
   * @returns how many.
   */
  deleteUnusedSince(time: Date, signal?: AbortSignal): Promise<number>;
  /** @throws {BlobStoreError} when it does not answer, or may not be written. */
  check(signal?: AbortSignal): Promise<void>;
}

/** The store cannot be used now: a fault of the world, to be waited out. */
export class BlobStoreError extends Error {
  constructor(message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = 'BlobStoreError';
  }
}

/** The store answers, but does not have the blob: lost, expired, or in another store. */
export class BlobMissingError extends BlobStoreError {
  constructor(key: string, store: string) {
    super(`The blob ${key} is not in ${store}: do all processes have the same BLOB_STORE_URL, or has it expired?`);
    this.name = 'BlobMissingError';
  }
}
