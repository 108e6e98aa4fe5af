import { toHeaderPairs, toKafkaHeaders } from '../../../kafka/record-headers.ts';

it('received headers are read as bytes, whatever form the library gives them', () => {
  const received = { a: Buffer.from('1'), b: 'text', c: [Buffer.from('x'), 'y'], d: null, e: undefined };
  expect(toHeaderPairs(received).map(([name, value]) => [name, value.toString()])).toEqual([
    ['a', '1'],
    ['b', 'text'],
    ['c', 'x'],
    ['c', 'y'],
    ['d', ''],
  ]);
  expect(toHeaderPairs(undefined)).toEqual([]);
});

it('a header named like a member of every object brings only its bytes', () => {
  // What kafkajs makes of a record with such a header.
  const received = { constructor: [Object, Buffer.from('1')], toString: [String, Buffer.from('2')] };
  expect(toHeaderPairs(received as unknown as Record<string, unknown>).map(([, value]) => value.toString())).toEqual([
    '1',
    '2',
  ]);
});

it('every name can be sent, and repeated names stay repeated', () => {
  const pairs = [
    ['__proto__', Buffer.from('1')],
    ['constructor', Buffer.from('2')],
    ['a', Buffer.from('3')],
    ['a', Buffer.from('4')],
  ] as const;
  expect(toHeaderPairs(toKafkaHeaders(pairs))).toEqual(pairs);
});
