import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { sha256Of } from '../../../blobs/blob-key.ts';
import { openBlobStore } from '../../../blobs/open-blob-store.ts';

it('a file URL is a folder', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'blobs of a test '));
  const { forWorkers: store, forClients } = openBlobStore({
    url: pathToFileURL(folder),
    s3PathStyle: false,
    expiryMs: 1,
  });
  const key = await store.put(Buffer.from('1'), sha256Of(Buffer.from('1')));
  expect(Buffer.from(await store.get(key)).toString()).toBe('1');
  expect(Buffer.from(await forClients.get(key)).toString()).toBe('1');
  expect(store.name).toContain(folder);
  await rm(folder, { recursive: true });
});

it('an s3 URL is a bucket and a prefix', () => {
  const at = (url: string) => openBlobStore({ url: new URL(url), s3PathStyle: false, expiryMs: 1 }).forClients.name;
  expect(at('s3://bucket')).toBe('s3://bucket/');
  expect(at('s3://bucket/some/prefix/')).toBe('s3://bucket/some/prefix');
});
