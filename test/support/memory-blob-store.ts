import { blobKeyOf } from '../../blobs/blob-key.ts';
import { BlobMissingError, BlobStoreError, type BlobStore } from '../../blobs/blob-store.ts';

/** A store whose content a test sees, and whose outage it decides. */
export interface MemoryBlobStore extends BlobStore {
  readonly blobs: Map<string, Buffer>;
  isDown: boolean;
}

export function createMemoryBlobStore(): MemoryBlobStore {
  const blobs = new Map<string, Buffer>();
  const store: MemoryBlobStore = {
    name: 'the memory',
    blobs,
    isDown: false,
    async put(bytes, sha256) {
      assertUp();
      const key = blobKeyOf(sha256, new Date());
      blobs.set(key, Buffer.from(bytes));
      return key;
    },
    async get(key) {
      assertUp();
      const bytes = blobs.get(key);
      if (bytes === undefined) throw new BlobMissingError(key, store.name);
      return bytes;
    },
    deleteUnusedSince: () => Promise.resolve(0),
    async check() {
      assertUp();
    },
  };
  const assertUp = () => {
    if (store.isDown) throw new BlobStoreError('the memory is down');
  };
  return store;
}
