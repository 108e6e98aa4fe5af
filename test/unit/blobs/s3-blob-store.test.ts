import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { BlobStoreError, type BlobStore } from '../../../blobs/blob-store.ts';
import { createS3BlobStore } from '../../../blobs/s3-blob-store.ts';

const keys = ['a', 'b', 'c'].map((digit) => `2026-01-01/${digit.repeat(64)}`);

/** Answers every list with the keys above, and every deletion as a test says. */
let deletion: string;
let server: Server;
beforeEach(async () => {
  server = createServer((request, response) => {
    request.resume();
    response.writeHead(200, { 'content-type': 'application/xml' });
    if (request.method === 'POST') response.end(`<DeleteResult>${deletion}</DeleteResult>`);
    else response.end(`<ListBucketResult>${keys.map(contentOf).join('')}</ListBucketResult>`);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
});
afterEach(() => {
  server.closeAllConnections();
  server.close();
});

const contentOf = (key: string) =>
  `<Contents><Key>${key}</Key><LastModified>2026-01-01T00:00:00.000Z</LastModified></Contents>`;
const errorOf = (key: string) =>
  `<Error><Key>${key}</Key><Code>AccessDenied</Code><Message>not yours</Message></Error>`;

const deleteUnused = (signal?: AbortSignal) => openStore().deleteUnusedSince(new Date('2026-02-01'), signal);

function openStore(): BlobStore {
  const { port } = server.address() as AddressInfo;
  return createS3BlobStore({
    ...{ bucket: 'bucket', prefix: '', forcePathStyle: true },
    client: {
      endpoint: `http://127.0.0.1:${String(port)}`,
      region: 'anywhere',
      credentials: { accessKeyId: 'id', secretAccessKey: 'secret' },
    },
  });
}

it('a sweep tells how many blobs it has deleted', async () => {
  deletion = '';
  expect(await deleteUnused()).toBe(3);
});

it('a sweep that nobody wants any more deletes nothing further', async () => {
  deletion = '';
  expect(await deleteUnused(AbortSignal.abort())).toBe(0);
});

it('what the server refuses to delete, in an answer that is otherwise a success, is an error that counts it', async () => {
  deletion = keys.slice(1).map(errorOf).join('');
  const failure = await deleteUnused().catch((error: unknown) => error);
  expect(failure).toBeInstanceOf(BlobStoreError);
  expect(String(failure)).toMatch(/2 blobs cannot be deleted .*2026-01-01\/b+: AccessDenied: not yours/);
});

it.each<[string, (response: ServerResponse) => void, (store: BlobStore, signal: AbortSignal) => Promise<unknown>]>([
  ['a put without an answer', () => undefined, (store, signal) => store.put(Buffer.from('1'), 'a'.repeat(64), signal)],
  [
    'a get whose bytes stop coming',
    (response) => response.writeHead(200, { 'content-length': 10 }).write('12345'),
    (store, signal) => store.get(keys[0]!, signal),
  ],
  ['a check without an answer', () => undefined, (store, signal) => store.check(signal)],
])('%s ends when nobody waits for it any more, and so does its connection', async (_, begin, call) => {
  const giveUp = new AbortController();
  server.removeAllListeners('request').on('request', (request: IncomingMessage, response: ServerResponse) => {
    request.resume();
    begin(response);
  });
  const asked = once(server, 'request') as Promise<[unknown, ServerResponse]>;
  const work = call(openStore(), giveUp.signal);
  const [, response] = await asked;
  const closed = once(response, 'close');
  giveUp.abort();
  await expect(work).rejects.toThrow(BlobStoreError);
  await closed;
});
