import { fileURLToPath } from 'node:url';
import type { BlobStoreConfig } from '../config/blob-store.ts';
import { within } from '../lifecycle/within.ts';
import { BlobStoreError, type BlobStore } from './blob-store.ts';
import { createFileBlobStore } from './file-blob-store.ts';

/**
 * Every use of it has this long: a workflow task has ten seconds for all its payloads, and the bridge has to get on with the other
 * records of its batch.
 */
const LIMIT_MS = 4_000;

/** The store that the configuration names. Nothing is asked of it yet. */
export function openBlobStore(config: BlobStoreConfig): BlobStore {
  return withinLimit(createStore(config), LIMIT_MS);
}

function createStore({ url, s3PathStyle }: BlobStoreConfig): BlobStore {
  if (url.protocol === 'file:') return createFileBlobStore({ folder: fileURLToPath(url) });
  const prefix = url.pathname.replace(/^\/+|\/+$/g, '');
  return s3WhenNeeded(`s3://${url.host}/${prefix}`, async () => {
    const { createS3BlobStore } = await import('./s3-blob-store.ts');
    return createS3BlobStore({
      bucket: url.host,
      prefix: prefix === '' ? '' : `${prefix}/`,
      forcePathStyle: s3PathStyle,
    });
  });
}

/** Its client takes a quarter of a second and 20 MB to load: for those who need it. */
function s3WhenNeeded(name: string, load: () => Promise<BlobStore>): BlobStore {
  let loading: Promise<BlobStore> | undefined;
  const store = () => (loading ??= load());
  return {
    name,
    put: async (bytes, sha256) => (await store()).put(bytes, sha256),
    get: async (key) => (await store()).get(key),
    deleteUnusedSince: async (time, signal) => (await store()).deleteUnusedSince(time, signal),
    check: async () => (await store()).check(),
  };
}

/** A disk or server that hangs is one that does not answer. What it was asked may still be done. */
export function withinLimit(store: BlobStore, limitMs: number): BlobStore {
  const inTime = <T>(work: Promise<T>) =>
    within(limitMs, work, () => new BlobStoreError(`${store.name} did not answer within ${String(limitMs)} ms`));
  return {
    ...store,
    put: (bytes, sha256) => inTime(store.put(bytes, sha256)),
    get: (key) => inTime(store.get(key)),
    check: () => inTime(store.check()),
  };
}
