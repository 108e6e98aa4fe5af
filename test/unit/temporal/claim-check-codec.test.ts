import { randomBytes } from 'node:crypto';
import { defaultPayloadConverter, type Payload } from '@temporalio/common';
import { BlobMissingError, BlobStoreError } from '../../../blobs/blob-store.ts';
import { BlobAlteredError, createClaimCheckCodec } from '../../../temporal/claim-check-codec.ts';
import { createDataConverter } from '../../../temporal/data-converter.ts';
import { activityEnvironment } from '../../support/activity-environment.ts';
import { createMemoryBlobStore } from '../../support/memory-blob-store.ts';

const LIMIT = 256 * 1024;
/** Of so many bytes as JSON. */
const payloadOf = (bytes: number): Payload => defaultPayloadConverter.toPayload('x'.repeat(bytes - 2));
const encodingOf = ({ metadata }: Payload) => Buffer.from(metadata?.['encoding'] ?? []).toString();

function setup() {
  const store = createMemoryBlobStore();
  const codec = createClaimCheckCodec(store);
  const encode = async (payload: Payload) => (await codec.encode([payload]))[0]!;
  const decode = async (payload: Payload) => (await codec.decode([payload]))[0]!;
  return { store, codec, encode, decode };
}

it('up to 256 KiB a payload passes untouched, and nothing is stored', async () => {
  const { store, encode, decode } = setup();
  const payload = payloadOf(LIMIT);
  expect(await encode(payload)).toBe(payload);
  expect(await decode(payload)).toBe(payload);
  expect(store.blobs.size).toBe(0);
});

it('one byte more is stored as a blob, and comes back as the same payload', async () => {
  const { store, encode, decode } = setup();
  const payload: Payload = { ...payloadOf(LIMIT + 1) };
  const reference = await encode(payload);
  expect(store.blobs.size).toBe(1);
  expect(encodingOf(reference)).toBe('binary/claim-check');
  expect(reference.data!.length).toBeLessThan(300);
  const { key, bytes } = JSON.parse(Buffer.from(reference.data!).toString()) as { key: string; bytes: number };
  expect(bytes).toBe(LIMIT + 1);
  expect(store.blobs.get(key)).toEqual(Buffer.from(payload.data!));
  const decoded = await decode(reference);
  expect(encodingOf(decoded)).toBe('json/plain');
  expect(defaultPayloadConverter.fromPayload(decoded)).toBe('x'.repeat(LIMIT - 1));
});

it('metadata of a payload stay with it, and one that had no encoding gets none', async () => {
  const { encode, decode } = setup();
  const payload: Payload = { metadata: { other: Buffer.from('1') }, data: Buffer.alloc(LIMIT + 1) };
  expect(await decode(await encode(payload))).toEqual(payload);
});

it.each([
  ['other bytes', (blob: Buffer) => Buffer.from(blob).fill('y', 10, 11)],
  ['bytes that are missing', (blob: Buffer) => blob.subarray(1)],
])('%s in a blob are never used', async (_, alter) => {
  const { store, encode, decode } = setup();
  const reference = await encode(payloadOf(LIMIT + 1));
  const [[key, blob]] = [...store.blobs] as [[string, Buffer]];
  store.blobs.set(key, alter(blob));
  const failure = await decode(reference).catch((error: unknown) => error);
  expect(failure).toBeInstanceOf(BlobAlteredError);
  expect(String(failure)).toContain(key);
});

it('a lost blob, and a store that is down, are told apart', async () => {
  const { store, encode, decode } = setup();
  const reference = await encode(payloadOf(LIMIT + 1));
  store.blobs.clear();
  await expect(decode(reference)).rejects.toThrow(BlobMissingError);
  store.isDown = true;
  await expect(encode(payloadOf(LIMIT + 1))).rejects.toThrow(BlobStoreError);
});

it('the arguments of a local activity, which stay in the process, are not stored; its result is', async () => {
  const { store, codec } = setup();
  const context = { type: 'activity', namespace: 'n', isLocal: true } as const;
  const payload = payloadOf(LIMIT + 1);
  expect(await codec.encode([payload], context)).toEqual([payload]);
  expect(store.blobs.size).toBe(0);
  await codec.encode([payload], { ...context, isLocal: false });
  expect(store.blobs.size).toBe(1);
  store.blobs.clear();
  await activityEnvironment().run(() => codec.encode([payload], context));
  expect(store.blobs.size).toBe(1);
});

it('where payloads are encrypted, a repeat stores nothing twice', async () => {
  const store = createMemoryBlobStore();
  const { payloadCodecs = [] } = createDataConverter({ keys: [{ id: 'k', secret: randomBytes(32) }] }, store);
  for (let times = 0; times < 2; times += 1) {
    let payloads = [payloadOf(LIMIT + 1)];
    for (const codec of payloadCodecs) payloads = await codec.encode(payloads);
  }
  expect(store.blobs.size).toBe(1);
});

it('where payloads are encrypted, so are the blobs', async () => {
  const store = createMemoryBlobStore();
  const { payloadCodecs = [] } = createDataConverter({ keys: [{ id: 'k', secret: randomBytes(32) }] }, store);
  let payloads = [payloadOf(LIMIT + 1)];
  for (const codec of payloadCodecs) payloads = await codec.encode(payloads);
  expect(encodingOf(payloads[0]!)).toBe('binary/claim-check');
  expect([...store.blobs.values()][0]!.includes('xxxx')).toBe(false);
  for (const codec of payloadCodecs.toReversed()) payloads = await codec.decode(payloads);
  expect(defaultPayloadConverter.fromPayload(payloads[0]!)).toBe('x'.repeat(LIMIT - 1));
});
