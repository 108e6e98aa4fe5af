import { fileURLToPath } from 'node:url';
import type { BlobStoreConfig } from '../config/blob-store.ts';
import type { BlobStore } from './blob-store.ts';
import { createFileBlobStore } from './file-blob-store.ts';
import { limitCalls } from './limited-blob-store.ts';

/**
 * What a busy process needs for a large payload when it has many of them: a workflow task that fails is repeated only after its time-out. Below
 * the minute of that, so that the failure says why.
 */
const WORKER_LIMIT_MS = 30_000;
/** The bridge has to get on with the other records of its batch, and an operator waits. */
const CLIENT_LIMIT_MS = 4_000;
/** Of Node's four threads for files: a folder that hangs takes no more than these, and one for a sweep. */
const FILE_CALLS = 2;
/** Large payloads come one after the other, and not all late together. */
const S3_CALLS = 4;

/** One store, for callers of two kinds of patience. */
export interface BlobStores {
  readonly forWorkers: BlobStore;
  readonly forClients: BlobStore;
}

/** The store that the configuration names. Nothing is asked of it yet. */
export function openBlobStore(config: BlobStoreConfig): BlobStores {
  const withPatience = limitCalls(createStore(config), {
    atATime: config.url.protocol === 'file:' ? FILE_CALLS : S3_CALLS,
    hangsAfterMs: WORKER_LIMIT_MS,
  });
  return {
    forWorkers: withPatience({ limitMs: WORKER_LIMIT_MS, since: 'begun' }),
    forClients: withPatience({ limitMs: CLIENT_LIMIT_MS, since: 'asked' }),
  };
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
    put: async (bytes, sha256, signal) => (await store()).put(bytes, sha256, signal),
    get: async (key, signal) => (await store()).get(key, signal),
    deleteUnusedSince: async (time, signal) => (await store()).deleteUnusedSince(time, signal),
    check: async (signal) => (await store()).check(signal),
  };
}
