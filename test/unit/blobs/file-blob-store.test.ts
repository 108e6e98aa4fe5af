import { createHook } from 'node:async_hooks';
import { createHash } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sha256Of } from '../../../blobs/blob-key.ts';
import { BlobMissingError, BlobStoreError } from '../../../blobs/blob-store.ts';
import { createFileBlobStore } from '../../../blobs/file-blob-store.ts';

const DAY = 86_400_000;
const bytes = Buffer.from('a large payload');
const today = new Date('2026-11-25T12:00:00Z');
const later = (days: number) => new Date(today.getTime() + days * DAY);

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'blobs-test-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));
/** Hashes what it is given, as the codec does. */
function storeAt(now: Date, below = folder) {
  const store = createFileBlobStore({ folder: below, now: () => now });
  return { ...store, put: (content: Buffer) => store.put(content, sha256Of(content)) };
}

it('a blob is found by its day and hash, as the bytes it was', async () => {
  const key = await storeAt(today).put(bytes);
  expect(key).toBe(`2026-11-25/${createHash('sha256').update(bytes).digest('hex')}`);
  expect(Buffer.from(await storeAt(today).get(key))).toEqual(bytes);
});

it('a repeat stores nothing twice and leaves nothing unfinished, also when many come at once', async () => {
  const keys = await Promise.all(Array.from({ length: 20 }, () => storeAt(today).put(bytes)));
  expect(new Set(keys).size).toBe(1);
  expect(await readdir(join(folder, '2026-11-25'))).toHaveLength(1);
});

it('a repeat mends what was damaged', async () => {
  const key = await storeAt(today).put(bytes);
  await writeFile(join(folder, key), 'a damaged');
  await storeAt(today).put(bytes);
  expect(await readFile(join(folder, key))).toEqual(bytes);
});

it.each(['2026-11-25/none', '../../etc/passwd', '2026-11-25/../x', ''])(
  'no file is read for the key %j',
  async (key) => {
    await expect(storeAt(today).get(key)).rejects.toThrow(BlobMissingError);
  },
);

it('what is missing is told by its key and store', async () => {
  const key = `2026-11-25/${'0'.repeat(64)}`;
  const failure = await storeAt(today)
    .get(key)
    .catch((error: unknown) => error);
  expect(failure).toBeInstanceOf(BlobMissingError);
  expect(String(failure)).toContain(key);
  expect(String(failure)).toContain(folder);
});

it('a folder that cannot be written is told at start, and so is each blob that it does not take', async () => {
  const file = join(folder, 'a-file');
  await writeFile(file, '');
  const store = storeAt(today, join(file, 'below'));
  await expect(store.check()).rejects.toThrow(BlobStoreError);
  await expect(store.put(bytes)).rejects.toThrow(/cannot be written.*a-file/);
});

it('a check leaves nothing behind', async () => {
  await storeAt(today).check();
  expect(await readdir(folder)).toEqual([]);
});

describe('a sweep', () => {
  const used = async (key: string, at: Date) => utimes(join(folder, key), at, at);

  it('deletes what was not used for so long, and its empty folder', async () => {
    const key = await storeAt(today).put(bytes);
    await used(key, today);
    expect(await storeAt(later(31)).deleteUnusedSince(later(1))).toBe(1);
    expect(await readdir(folder)).toEqual([]);
    await expect(storeAt(today).get(key)).rejects.toThrow(BlobMissingError);
  });

  it('leaves what was read meanwhile, and what is younger', async () => {
    const read = await storeAt(today).put(bytes);
    const unread = await storeAt(today).put(Buffer.from('another'));
    await Promise.all([used(read, today), used(unread, today)]);
    await storeAt(later(20)).get(read);
    const young = await storeAt(later(20)).put(bytes);
    expect(await storeAt(later(31)).deleteUnusedSince(later(1))).toBe(1);
    expect(Buffer.from(await storeAt(later(31)).get(read))).toEqual(bytes);
    expect(Buffer.from(await storeAt(later(31)).get(young))).toEqual(bytes);
  });

  it('may be done by many at once', async () => {
    for (let index = 0; index < 50; index += 1) await used(await storeAt(today).put(Buffer.from(String(index))), today);
    const sweeps = Array.from({ length: 5 }, () => storeAt(later(31)).deleteUnusedSince(later(1)));
    const deleted = await Promise.all(sweeps);
    expect(deleted.reduce((sum, count) => sum + count)).toBe(50);
    expect(await readdir(folder)).toEqual([]);
  });

  it('takes what a killed process left unfinished or put aside, and nothing that is not the store’s', async () => {
    const key = await storeAt(today).put(bytes);
    const day = join(folder, '2026-11-25');
    for (const name of ['.unfinished-1', '.expired-1']) await writeFile(join(day, name), 'x');
    await writeFile(join(folder, 'notes.txt'), 'x');
    for (const path of [join(day, '.unfinished-1'), join(day, '.expired-1'), join(folder, 'notes.txt')])
      await utimes(path, today, today);
    await used(key, later(20));
    expect(await storeAt(later(31)).deleteUnusedSince(later(1))).toBe(2);
    expect(await readdir(day)).toEqual([key.slice(11)]);
    expect((await stat(join(folder, 'notes.txt'))).isFile()).toBe(true);
  });

  it('ends between two blobs when nobody wants it any more', async () => {
    for (let index = 0; index < 50; index += 1) await used(await storeAt(today).put(Buffer.from(String(index))), today);
    const stop = new AbortController();
    const deleted = storeAt(later(31)).deleteUnusedSince(later(1), stop.signal);
    stop.abort();
    expect(await deleted).toBeLessThan(50);
  });

  it('of a folder that is not there yet is none', async () => {
    expect(await createFileBlobStore({ folder: join(folder, 'none') }).deleteUnusedSince(today)).toBe(0);
  });
});

it('a large blob is written and read whole, in as many steps as a small one: a busy process may need a while for each', async () => {
  const small = await stepsOf(bytes);
  expect(await stepsOf(Buffer.alloc(5_000_000, 'x'))).toEqual(small);
});

/** Asynchronous calls of the file system: for a put, a repeat, and a get. */
async function stepsOf(content: Buffer): Promise<number[]> {
  let steps = 0;
  const hook = createHook({
    init(_id, type) {
      if (type === 'FSREQPROMISE') steps += 1;
    },
  }).enable();
  let key = '';
  const store = storeAt(today);
  const put = async () => (key = await store.put(content));
  const counts: number[] = [];
  for (const call of [put, put, () => store.get(key)]) {
    steps = 0;
    await call();
    counts.push(steps);
  }
  hook.disable();
  expect(Buffer.from(await store.get(key)).equals(content)).toBe(true);
  return counts;
}

it('only its owner may read a blob', async () => {
  const key = await storeAt(today).put(bytes);
  expect((await stat(join(folder, key))).mode & 0o777).toBe(0o600);
});
