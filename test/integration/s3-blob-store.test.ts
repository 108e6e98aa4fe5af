import { mkdtempSync, rmSync } from 'node:fs';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sha256Of } from '../../blobs/blob-key.ts';
import { BlobMissingError, BlobStoreError } from '../../blobs/blob-store.ts';
import { createS3BlobStore } from '../../blobs/s3-blob-store.ts';
import { S3_BUCKET, startS3Server, type S3Server } from '../../dev/stack/s3-server.ts';

jest.setTimeout(300_000);

const DAY = 86_400_000;
const bytes = Buffer.from('a large payload'.repeat(100_000));

let dataDir: string;
let server: S3Server;
beforeAll(async () => {
  dataDir = mkdtempSync(join(tmpdir(), 's3-test-'));
  server = await startS3Server({ dataDir, onProgress: (line) => process.stderr.write(`${line}\n`) });
});
afterAll(async () => {
  await server.stop();
  rmSync(dataDir, { recursive: true });
});

function storeAt(now: Date, { prefix = 'blobs/', secret = server.env['AWS_SECRET_ACCESS_KEY'] ?? '' } = {}) {
  const store = createS3BlobStore({
    ...{ bucket: S3_BUCKET, prefix, forcePathStyle: true, now: () => now },
    client: {
      endpoint: server.env['AWS_ENDPOINT_URL_S3'] ?? '',
      region: server.env['AWS_REGION'] ?? '',
      credentials: { accessKeyId: server.env['AWS_ACCESS_KEY_ID'] ?? '', secretAccessKey: secret },
    },
  });
  return { ...store, put: (content: Buffer) => store.put(content, sha256Of(content)) };
}
const daysAgo = (days: number) => new Date(Date.now() - days * DAY);
const filesBelow = async (path: string) => (await readdir(join(server.folder, path))).sort();

it('a blob comes back as the bytes it was, and a repeat has the same key', async () => {
  const store = storeAt(new Date());
  await store.check();
  const key = await store.put(bytes);
  expect(await store.put(bytes)).toBe(key);
  expect(Buffer.from(await store.get(key))).toEqual(bytes);
  expect(await readFile(join(server.folder, 'blobs', key))).toEqual(bytes);
});

it('what is missing is told by its key', async () => {
  const key = `2026-11-25/${'0'.repeat(64)}`;
  await expect(storeAt(new Date()).get(key)).rejects.toThrow(BlobMissingError);
  await expect(storeAt(new Date()).get(key)).rejects.toThrow(key);
  await expect(storeAt(new Date()).get('../secrets')).rejects.toThrow(BlobMissingError);
});

it('a wrong key of the account is an error of the store, which does not name it', async () => {
  const store = storeAt(new Date(), { secret: 'another-secret' });
  const failure = await store.check().catch((error: unknown) => error);
  expect(failure).toBeInstanceOf(BlobStoreError);
  expect(String(failure)).toMatch(/SignatureDoesNotMatch/);
  expect(String(failure)).not.toContain('another-secret');
});

it('a sweep deletes what was not used for so long, and leaves the rest, whoever owns it', async () => {
  const prefix = 'swept/';
  const old = await storeAt(daysAgo(40), { prefix }).put(bytes);
  const young = await storeAt(new Date(), { prefix }).put(bytes);
  await writeFile(join(server.folder, 'swept', 'notes.txt'), 'of somebody else');
  const store = storeAt(new Date(), { prefix });
  // Stored today under an old day, as one that was read today.
  expect(await store.deleteUnusedSince(daysAgo(30))).toBe(0);
  expect(await store.deleteUnusedSince(new Date(Date.now() + 2_000))).toBe(2);
  await expect(store.get(old)).rejects.toThrow(BlobMissingError);
  await expect(store.get(young)).rejects.toThrow(BlobMissingError);
  expect(await filesBelow('swept')).toContain('notes.txt');
});

it('reading renews a blob that was not used for a day', async () => {
  const prefix = 'renewed/';
  const key = await storeAt(new Date(), { prefix }).put(bytes);
  // For whom it is the day after tomorrow.
  expect(Buffer.from(await storeAt(daysAgo(-2), { prefix }).get(key))).toEqual(bytes);
  expect(Buffer.from(await storeAt(new Date(), { prefix }).get(key))).toEqual(bytes);
});

it('a server that is down is one that does not answer, and it is asked again when it is back', async () => {
  const store = storeAt(new Date());
  const key = await store.put(bytes);
  await server.kill();
  await expect(store.put(Buffer.from('1'))).rejects.toThrow(BlobStoreError);
  await expect(store.get(key)).rejects.toThrow(BlobStoreError);
  await server.start();
  expect(Buffer.from(await store.get(key))).toEqual(bytes);
});
