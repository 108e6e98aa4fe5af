import fc from 'fast-check';
import kafkajs from 'kafkajs';
import { installCodecs } from '../../../kafka/codecs/install-codecs.ts';
import { gzipped, withChecksum } from '../../support/kafkajs-batches.ts';
import { lookup, decodeBatches, encodeBatch, RequestQueue } from '../../support/kafkajs-internals.ts';
import { anyBytes, anyText, holdsInTime, isWellFormed, trickyName } from '../../support/properties.ts';

const good = () => encodeBatch([{ value: Buffer.from('good') }]);
const values = (messages: readonly { value: Buffer | null }[]) => messages.map(({ value }) => String(value));

beforeAll(installCodecs);

it('headers keep their order, their repeats and their nulls, whatever they are called', async () => {
  const headers = [
    ['b', Buffer.from('1')],
    ['__proto__', Buffer.from('2')],
    ['constructor', Buffer.from('3')],
    ['7', null],
    ['b', Buffer.from('4')],
    ['', Buffer.alloc(0)],
  ] as const;
  const [message] = await decodeBatches(await encodeBatch([{ headers }]));
  expect(message?.headerPairs).toEqual(headers);
  expect(message?.headers?.['constructor']).toEqual(Buffer.from('3'));
});

it('headers of any names and bytes arrive as they were sent', async () => {
  const header = fc.tuple(fc.oneof(trickyName, anyText(12).filter(isWellFormed)), fc.option(anyBytes(40)));
  await holdsInTime(
    fc.asyncProperty(fc.array(header, { maxLength: 12 }), async (headers) => {
      const [message] = await decodeBatches(await encodeBatch([{ headers }]));
      expect(message?.headerPairs).toEqual(headers);
    }),
    { numRuns: 300 },
  );
});

it('eight thousand headers take milliseconds', async () => {
  const headers = Array.from({ length: 8_000 }, (_, index) => [`h${String(index)}`, Buffer.alloc(0)] as const);
  const batch = await encodeBatch([{ headers }]);
  const begin = performance.now();
  const [message] = await decodeBatches(batch);
  expect(message?.headerPairs).toHaveLength(8_000);
  // It took ten seconds.
  expect(performance.now() - begin).toBeLessThan(500);
});

it('a batch may have more records than a call has arguments', async () => {
  const batch = await gzipped(200_000, (record) => Buffer.concat(Array<Buffer>(200_000).fill(record)));
  expect(await decodeBatches(batch)).toHaveLength(200_000);
});

it('a fetch opens no more batches than memory is given for; the others come with the next one', async () => {
  const small = await gzipped(1, (record) => record);
  expect(await decodeBatches(small, small, small)).toHaveLength(3);
  const value = Buffer.alloc(10 * 1024 * 1024);
  const batch = withChecksum(await encodeBatch([{ value }]));
  expect(await decodeBatches(batch, batch, batch, batch)).toHaveLength(2);
});

it.each([
  ['fewer records than it says', () => gzipped(2, (record) => record)],
  ['a record that is cut off', () => gzipped(2, (record) => Buffer.concat([record, record.subarray(0, -1)]))],
  [
    'an unknown compression',
    async () => {
      const batch = await encodeBatch([{}, {}]);
      batch.writeInt16BE(6, 21);
      return withChecksum(batch);
    },
  ],
  [
    'a flipped bit',
    async () => {
      const batch = await encodeBatch([{}, {}]);
      batch.writeUInt8(batch.readUInt8(70) ^ 4, 70);
      return batch;
    },
  ],
])('a batch with %s is one unreadable record between good ones', async (_what, make) => {
  const messages = await decodeBatches(await good(), await make(), await good());
  expect(values(messages)).toEqual(['good', 'null', 'good']);
  expect(messages.map(({ unreadable }) => unreadable?.recordCount)).toEqual([undefined, 2, undefined]);
  expect(messages[1]).toMatchObject({ offset: '1', unreadable: { firstOffset: '0', lastOffset: '1' } });
});

it('a batch with more headers than memory is given for is too large, and refused before they are read', async () => {
  // Its length, attributes, deltas, no key, no value, and 1,000,000 headers.
  const record = Buffer.from([16, 0, 0, 0, 1, 1, 0x80, 0x89, 0x7a]);
  const [message] = await decodeBatches(await gzipped(1, () => record));
  expect(message?.unreadable?.error).toMatchObject({ code: 'BATCH_TOO_LARGE' });
});

it('a damaged batch whose range cannot be believed is not passed', async () => {
  const batch = await encodeBatch([{}, {}]);
  batch.writeInt32BE(1_000_000, 23);
  await expect(decodeBatches(batch)).rejects.toThrow('checksum');
});

it('a batch whose codec is not available is not passed: it is fetched again', async () => {
  const { CompressionCodecs, CompressionTypes } = kafkajs;
  const unavailable = Object.assign(new Error('zstd could not be loaded'), { code: 'CODEC_UNAVAILABLE' });
  CompressionCodecs[CompressionTypes.GZIP] = () => ({ decompress: () => Promise.reject(unavailable) });
  try {
    await expect(decodeBatches(await gzipped(1, (record) => record))).rejects.toBe(unavailable);
  } finally {
    installCodecs();
  }
});

it('a connection on which nothing waits has no timer for it', () => {
  const queue = new RequestQueue({ maxInFlightRequests: 5 });
  queue.checkPendingRequests();
  expect(queue.throttleCheckTimeoutId).toBeNull();
});

it('a broker that has dropped the versions of an API is refused when connecting', () => {
  const every = Object.fromEntries(Array.from({ length: 50 }, (_, key) => [key, { minVersion: 0, maxVersion: 20 }]));
  expect(() => lookup(every)).not.toThrow();
  expect(() => lookup({ ...every, 1: { minVersion: 12, maxVersion: 20 } })).toThrow(
    'The broker speaks Fetch in the versions 12 to 20, this client in 0 to 11',
  );
});
