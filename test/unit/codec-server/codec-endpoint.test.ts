import { randomBytes } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { defaultPayloadConverter, type Payload } from '@temporalio/common';
import { createCodecEndpoint } from '../../../codec-server/codec-endpoint.ts';
import { toJson } from '../../../codec-server/payload-json.ts';
import { createEncryptionCodec } from '../../../temporal/encryption-codec.ts';

const codec = createEncryptionCodec([{ id: 'one', secret: randomBytes(32) }]);
/** Stands for whatever comes after encryption: it must be undone first. */
const wrapping = {
  encode: async (payloads: Payload[]) => {
    encodings += 1;
    return payloads.map(({ metadata, data }) => ({
      metadata: metadata!,
      data: Buffer.concat([Buffer.from('>'), data!]),
    }));
  },
  decode: async (payloads: Payload[]) =>
    payloads.map(({ metadata, data }) => ({ metadata: metadata!, data: data!.subarray(1) })),
};
const UI = 'http://ui.example';
const plain = defaultPayloadConverter.toPayload({ text: 'canary' });

let server: Server;
let url: string;
let token: string | undefined;
let encodings: number;
let unread: unknown[];
beforeEach(async () => {
  token = undefined;
  encodings = 0;
  unread = [];
  const endpoint = (): ReturnType<typeof createCodecEndpoint> =>
    createCodecEndpoint({
      ...{ codecs: [codec, wrapping], corsOrigins: [UI], token },
      onError: () => undefined,
      onUnreadable: (errors) => unread.push(...errors),
    });
  server = createServer((request, response) => {
    endpoint()(request, response);
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  url = `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`;
});
afterEach(() => {
  server.close();
});

const post = (path: string, body: string, headers: Record<string, string> = {}) =>
  fetch(url + path, { method: 'POST', body, headers: { 'content-type': 'application/json', ...headers } });

test('what it encodes is encrypted, and what it decodes is what it was', async () => {
  const encoded = await (await post('/encode', toJson([plain]))).text();
  expect(
    Buffer.from((JSON.parse(encoded) as { payloads: { data: string }[] }).payloads[0]!.data, 'base64').toString(),
  ).not.toContain('canary');
  expect(await (await post('/decode', encoded)).text()).toBe(toJson([plain]));
  expect(await (await post('/default/decode', encoded)).text()).toBe(toJson([plain]));
});

test('a page of the UI may ask, and no other', async () => {
  const asked = (origin: string) => fetch(`${url}/decode`, { method: 'OPTIONS', headers: { origin } });
  expect((await asked(UI)).headers.get('access-control-allow-origin')).toBe(UI);
  expect((await asked(UI)).headers.get('access-control-allow-headers')).toContain('x-namespace');
  expect((await asked('http://elsewhere.example')).headers.get('access-control-allow-origin')).toBeNull();
});

test('with a token it answers only those who have it', async () => {
  token = 'open sesame';
  const body = toJson([plain]);
  expect((await post('/decode', body)).status).toBe(401);
  expect((await post('/decode', body, { authorization: 'Bearer open' })).status).toBe(401);
  expect((await post('/decode', body, { authorization: 'Bearer open sesame' })).status).toBe(200);
});

test('a request of another page is refused before it does anything; who is no page is not', async () => {
  const body = toJson([plain]);
  const headers = { 'content-type': 'text/plain', origin: 'http://elsewhere.example' };
  for (const path of ['/encode', '/decode']) expect((await post(path, body, headers)).status).toBe(403);
  expect(encodings).toBe(0);
  expect((await post('/encode', body, { origin: UI })).status).toBe(200);
  expect((await post('/encode', body)).status).toBe(200);
});

test('a payload that cannot be read is shown as it is, beside the others of its page', async () => {
  const foreign = await createEncryptionCodec([{ id: 'foreign', secret: randomBytes(32) }]).encode([plain]);
  const [unreadable, readable] = await wrapping.encode([...foreign, ...(await codec.encode([plain]))]);
  const answer = await post('/decode', toJson([unreadable!, readable!]));
  expect([answer.status, await answer.text()]).toEqual([200, toJson([unreadable!, plain])]);
  expect(unread.map(String)).toEqual([expect.stringContaining('key "foreign"')]);
});

test.each([
  { what: 'no JSON', path: '/decode', body: 'payloads', status: 400 },
  { what: 'other JSON', path: '/decode', body: '{"payloads":[{"data":"not base64!"}]}', status: 400 },
  { what: 'another path', path: '/decrypt', body: '{}', status: 404 },
])('$what is refused', async ({ path, body, status }) => {
  expect((await post(path, body)).status).toBe(status);
});
