import { randomBytes } from 'node:crypto';
import { defaultPayloadConverter, type Payload } from '@temporalio/common';
import { MAX_INLINE_PAYLOAD_BYTES } from '../../../contracts/limits.ts';
import { createEncryptionCodec, DecryptionError } from '../../../temporal/encryption-codec.ts';

const TEXT = 'a canary that nobody may read';
const payload = defaultPayloadConverter.toPayload({ text: TEXT });
const key = (id: string) => ({ id, secret: randomBytes(32) });
const [first, second] = [key('first'), key('second')];

const textOf = (bytes: Uint8Array | null | undefined) => Buffer.from(bytes ?? []).toString('latin1');
const valueOf = ([one]: Payload[]): unknown => defaultPayloadConverter.fromPayload(one!);
async function encrypted(): Promise<Payload> {
  const [one] = await createEncryptionCodec([first]).encode([payload]);
  return one!;
}

test('what was encrypted comes back whole, and shows nothing of itself but the id of its key', async () => {
  const codec = createEncryptionCodec([first]);
  const one = await encrypted();
  expect(textOf(one.data)).not.toContain('canary');
  expect(textOf(one.data)).not.toContain('json/plain');
  expect(Object.entries(one.metadata ?? {}).map(([name, value]) => [name, textOf(value)])).toEqual([
    ['encoding', 'binary/encrypted'],
    ['encryption-key-id', 'first'],
  ]);
  expect(valueOf(await codec.decode([one]))).toEqual({ text: TEXT });
});

test('the same payload never looks the same twice', async () => {
  expect((await encrypted()).data).not.toEqual((await encrypted()).data);
});

describe('a payload that is too large for Temporal', () => {
  const large = (text: string) => defaultPayloadConverter.toPayload(text.repeat(MAX_INLINE_PAYLOAD_BYTES));
  const encryptedBy = async ({ id, secret }: typeof first, one: Payload) =>
    Buffer.from((await createEncryptionCodec([{ id, secret }]).encode([one]))[0]?.data ?? []);
  const nonceOf = (data: Buffer) => data.subarray(0, 12).toString('hex');

  test('looks the same each time, so that it is stored once, and comes back whole', async () => {
    const [one] = await createEncryptionCodec([first]).encode([large('x')]);
    expect(await encryptedBy(first, large('x'))).toEqual(one!.data);
    expect(valueOf(await createEncryptionCodec([first]).decode([one!]))).toBe('x'.repeat(MAX_INLINE_PAYLOAD_BYTES));
  });

  test('shares its nonce with no other one, nor with itself under another key or id', async () => {
    const nonces = await Promise.all([
      encryptedBy(first, large('x')),
      encryptedBy(first, large('y')),
      encryptedBy(second, large('x')),
      encryptedBy({ id: 'twin', secret: first.secret }, large('x')),
    ]);
    expect(new Set(nonces.map(nonceOf)).size).toBe(4);
  });

  test.each([
    ['at the limit', 0, 2],
    ['one byte above it', 1, 1],
  ])('is one whose ciphertext is: %s', async (_case, above, looks) => {
    const smallest = (await createEncryptionCodec([first]).encode([large('')]))[0]!.data!.length;
    // The length of so much data takes two bytes more.
    const fitting = defaultPayloadConverter.toPayload('x'.repeat(MAX_INLINE_PAYLOAD_BYTES - smallest - 2 + above));
    const data = [await encryptedBy(first, fitting), await encryptedBy(first, fitting)];
    expect(data[0]).toHaveLength(MAX_INLINE_PAYLOAD_BYTES + above);
    expect(new Set(data.map(nonceOf)).size).toBe(looks);
  });
});

test('after a rotation the new key encrypts, and what the old one encrypted is still read', async () => {
  const old = await encrypted();
  const rotated = createEncryptionCodec([second, first]);
  expect(textOf((await rotated.encode([payload]))[0]?.metadata?.['encryption-key-id'])).toBe('second');
  expect(valueOf(await rotated.decode([old]))).toEqual({ text: TEXT });
});

test('what was written before encryption was switched on passes as it is', async () => {
  expect(await createEncryptionCodec([first]).decode([payload])).toEqual([payload]);
});

test.each([
  ['another key', [second]],
  ['no key', []],
])('%s: the error names the key that is needed', async (_case, keys) => {
  const one = await encrypted();
  const decoding = createEncryptionCodec(keys).decode([one]);
  await expect(decoding).rejects.toThrow(DecryptionError);
  await expect(decoding).rejects.toThrow(/key "first", which neither PAYLOAD_KEYS nor PAYLOAD_KEYS_FILE has/);
});

test('without keys nothing is encrypted', async () => {
  expect(await createEncryptionCodec([]).encode([payload])).toEqual([payload]);
});

test.each<[string, (one: Payload) => Payload]>([
  ['a changed byte', (one) => ({ ...one, data: Buffer.from(one.data!).fill(1, 20, 21) })],
  ['a tag that is cut short', (one) => ({ ...one, data: one.data!.subarray(0, -4) })],
  ['no data', ({ metadata }) => ({ metadata: metadata! })],
  [
    'the id of another key',
    ({ metadata, data }) => ({ data: data!, metadata: { ...metadata, 'encryption-key-id': Buffer.from('twin') } }),
  ],
])('%s is noticed', async (_case, alter) => {
  const twin = { id: 'twin', secret: first.secret };
  const decoding = createEncryptionCodec([first, twin]).decode([alter(await encrypted())]);
  await expect(decoding).rejects.toThrow(DecryptionError);
});
