import { decodeBytes, encodeBytes, type EncodedBytes } from '../../../contracts/record.ts';

test.each([
  ['text', Buffer.from('{"a":"ü€😀"}'), 'utf8'],
  ['a byte order mark', Buffer.from([0xef, 0xbb, 0xbf, 0x7b, 0x7d]), 'utf8'],
  ['control characters', Buffer.from([0, 1, 10, 13, 31]), 'utf8'],
  ['nothing', Buffer.alloc(0), 'utf8'],
  ['bytes that are no UTF-8', Buffer.from([0xc3, 0x28, 0xff]), 'base64'],
  ['an encoded surrogate', Buffer.from([0xed, 0xa0, 0x80]), 'base64'],
])('%s survives the way through JSON byte for byte', (_, bytes, form) => {
  const encoded = encodeBytes(bytes);
  expect(Object.keys(encoded)).toEqual([form]);
  expect(decodeBytes(JSON.parse(JSON.stringify(encoded)) as EncodedBytes)).toEqual(bytes);
});

test('a view into a larger buffer encodes its own bytes only', () => {
  const view = Buffer.from([1, 0xff, 0xfe, 2]).subarray(1, 3);
  expect(decodeBytes(encodeBytes(view))).toEqual(Buffer.from([0xff, 0xfe]));
});
