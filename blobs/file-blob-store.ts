import { randomBytes } from 'node:crypto';
import { mkdir, open, readdir, rename, rm, rmdir, stat, utimes } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { blobKeyOf, dayOf, dayOfKey } from './blob-key.ts';
import { BlobMissingError, BlobStoreError, type BlobStore } from './blob-store.ts';
import { readWhole, writeWhole } from './whole-file.ts';

export interface FileBlobStoreOptions {
  readonly folder: string;
  readonly now?: () => Date;
}

/** Written by a process that was killed before it could rename it. */
const UNFINISHED = '.unfinished-';
/** Put aside by a sweep, which looks at it once more before it deletes it. */
const EXPIRED = '.expired-';

/** Blobs as files, one folder a day. For several machines the folder has to be on a file system that they share. */
export function createFileBlobStore({ folder, now = () => new Date() }: FileBlobStoreOptions): BlobStore {
  const name = `the folder ${folder}`;
  const failed = (doing: string, cause: unknown) =>
    new BlobStoreError(`A blob cannot be ${doing} in ${name}: ${reasonOf(cause)}`, { cause });
  const pathOf = (key: string) => {
    if (dayOfKey(key) === undefined) throw new BlobMissingError(JSON.stringify(key), name);
    return join(folder, key);
  };

  return {
    name,
    async put(bytes, sha256) {
      const key = blobKeyOf(sha256, now());
      try {
        if (!(await holds(pathOf(key), bytes))) await write(pathOf(key), bytes);
        return key;
      } catch (error) {
        throw failed('written', error);
      }
    },
    async get(key) {
      const path = pathOf(key);
      try {
        const bytes = await readWhole(path);
        // Not worth failing for: the bytes are here.
        await utimes(path, now(), now()).catch(() => undefined);
        return bytes;
      } catch (error) {
        throw isMissing(error) ? new BlobMissingError(key, name) : failed('read', error);
      }
    },
    async deleteUnusedSince(time, signal) {
      let deleted = 0;
      try {
        for (const day of await readdir(folder)) {
          if (/^\d{4}-\d{2}-\d{2}$/.test(day) && day < dayOf(time))
            deleted += await sweep(join(folder, day), time, signal);
        }
      } catch (error) {
        if (!isMissing(error)) throw failed('deleted', error);
      }
      return deleted;
    },
    async check() {
      const probe = join(folder, `${UNFINISHED}${randomBytes(8).toString('hex')}`);
      try {
        await mkdir(folder, { recursive: true });
        await (await open(probe, 'wx')).close();
        await rm(probe);
      } catch (error) {
        throw failed('written', error);
      }
    },
  };
}

/** Renamed into place when the bytes are on the disk, and durable when the folder knows of it. */
async function write(path: string, bytes: Uint8Array): Promise<void> {
  const day = dirname(path);
  await mkdir(day, { recursive: true });
  const unfinished = join(day, `${UNFINISHED}${randomBytes(8).toString('hex')}`);
  try {
    const file = await open(unfinished, 'wx', 0o600);
    try {
      await writeWhole(file, bytes);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(unfinished, path);
  } catch (error) {
    await rm(unfinished, { force: true });
    throw error;
  }
  for (const folder of [day, dirname(day)]) await syncFolder(folder);
}

async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

/** A repeat writes nothing, unless what is there was damaged. */
async function holds(path: string, bytes: Uint8Array): Promise<boolean> {
  try {
    return (await readWhole(path)).equals(bytes);
  } catch (error) {
    if (isMissing(error)) return false;
    throw error;
  }
}

async function sweep(day: string, time: Date, signal: AbortSignal | undefined): Promise<number> {
  let deleted = 0;
  for (const file of await readdir(day)) {
    if (signal?.aborted) break;
    const path = join(day, file);
    const isUnused = async (at: string) => ((await statOf(at))?.mtime ?? time) < time;
    if (!(await isUnused(path))) continue;
    const aside = join(day, `${EXPIRED}${randomBytes(8).toString('hex')}`);
    try {
      await rename(path, aside);
    } catch (error) {
      // Another process was faster.
      if (isMissing(error)) continue;
      throw error;
    }
    // A reader may have renewed it between the look and the rename; from now on none can.
    if (!(await isUnused(aside))) await rename(aside, path);
    else {
      await rm(aside, { force: true });
      deleted += 1;
    }
  }
  // Not empty yet, or gone already.
  await rmdir(day).catch(() => undefined);
  return deleted;
}

async function statOf(path: string) {
  return stat(path).catch((error: unknown) => {
    if (isMissing(error)) return undefined;
    throw error;
  });
}

function isMissing(error: unknown): boolean {
  return (error as NodeJS.ErrnoException | undefined)?.code === 'ENOENT';
}

/** The system's own sentence names the path; the code alone is in all of them. */
function reasonOf(error: unknown): string {
  return (error as NodeJS.ErrnoException | undefined)?.message ?? String(error);
}
