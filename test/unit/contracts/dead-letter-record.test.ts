import {
  scrubFailureMessage,
  toDeadLetterRecord,
  toReducedDeadLetterRecord,
} from '../../../contracts/dead-letter-record.ts';
import { encodeBytes, type InputRecord } from '../../../contracts/record.ts';

const bytes = Buffer.from([0, 0xff, 0x7b]);
const record: InputRecord = {
  source: { topic: 'llm.requests', partition: 2, offset: '9007199254740993' },
  timestamp: '1700000000000',
  key: encodeBytes(bytes),
  value: encodeBytes(Buffer.from('{"ä": 1}')),
  headers: [
    ['b', encodeBytes(bytes)],
    ['a', encodeBytes(Buffer.from('1'))],
    ['a', encodeBytes(Buffer.from('2'))],
  ],
};
const letterOf = (overrides: Partial<InputRecord> = {}) =>
  toDeadLetterRecord({
    record: { ...record, ...overrides },
    failure: { type: 'Message.Invalid', message: 'payload.text: missing', attempts: 3 },
    workflowId: 'message:llm.requests:1',
    topic: 'llm.dead-letters',
  });
const headersOf = (letter: ReturnType<typeof letterOf>) =>
  letter.headers.map(([name, value]) => [name, value?.toString()]);

it('a dead letter is the input byte for byte, and the reason in headers', () => {
  const letter = letterOf();
  expect(letter.key).toEqual(bytes);
  expect(letter.value?.toString()).toBe('{"ä": 1}');
  expect(letter.headers[0]?.[1]).toEqual(bytes);
  expect(headersOf(letter).slice(1)).toEqual([
    ['a', '1'],
    ['a', '2'],
    ['dead-letter-original-topic', 'llm.requests'],
    ['dead-letter-original-partition', '2'],
    ['dead-letter-original-offset', '9007199254740993'],
    ['dead-letter-original-timestamp', '1700000000000'],
    ['dead-letter-failure-type', 'Message.Invalid'],
    ['dead-letter-failure-message', 'payload.text: missing'],
    ['dead-letter-attempts', '3'],
    ['dead-letter-workflow-id', 'message:llm.requests:1'],
    ['dead-letter-redrive-count', '0'],
  ]);
});

it('no key stays no key, a tombstone stays a tombstone, and a repeat is the same', () => {
  expect(letterOf({ key: null, value: null })).toMatchObject({ key: null, value: null });
  expect(letterOf()).toEqual(letterOf());
});

it('a redriven record says why it failed this time, and keeps the count of its redrives', () => {
  const redriven = headersOf(letterOf()).map(
    ([name = '', value = '']) =>
      [name, encodeBytes(Buffer.from(name === 'dead-letter-redrive-count' ? '2' : `old ${value}`))] as const,
  );
  const headers = headersOf(letterOf({ headers: redriven }));
  expect(headers).toHaveLength(redriven.length);
  expect(headers).toContainEqual(['dead-letter-redrive-count', '2']);
  expect(headers).toContainEqual(['dead-letter-failure-type', 'Message.Invalid']);
});

it('a redrive count that is none starts again', () => {
  const headers = [['dead-letter-redrive-count', encodeBytes(Buffer.from('many'))]] as const;
  expect(headersOf(letterOf({ headers }))).toContainEqual(['dead-letter-redrive-count', '0']);
});

it('a failure message is one line of at most 500 characters without control characters', () => {
  expect(scrubFailureMessage('a\r\nb\u001b[31m\u2028c\u202ed')).toBe('a b [31m c d');
  expect(Array.from(scrubFailureMessage('😀'.repeat(600)))).toHaveLength(500);
  expect(scrubFailureMessage('x'.repeat(500))).toBe('x'.repeat(500));
});

it('one that is reduced keeps its coordinates and redrives, and tells how much was left out, whatever the reason’s length', () => {
  const headers = [['dead-letter-redrive-count', encodeBytes(Buffer.from('3'))]] as const;
  const reduced = toReducedDeadLetterRecord({
    record: { ...record, headers: [...record.headers, ...headers] },
    failure: { type: 'Message.Invalid', message: 'x'.repeat(1_000), attempts: 0 },
    workflowId: 'w',
    topic: 'llm.dead-letters',
  });
  const told = Object.fromEntries(headersOf(reduced)) as Record<string, string>;
  expect(reduced).toMatchObject({ key: null, value: null });
  expect(told['dead-letter-omitted-bytes']).toBe('9');
  expect(told['dead-letter-redrive-count']).toBe('3');
  expect(told['dead-letter-original-offset']).toBe('9007199254740993');
  expect(Array.from(told['dead-letter-failure-message'] ?? '')).toHaveLength(500);
  expect(told['dead-letter-failure-message']).toContain('value of 9 bytes');
  expect(told).not.toHaveProperty('a');
});

it('a dead letter of a whole batch says its range; a null header stays null', () => {
  const letter = toDeadLetterRecord({
    record: { ...record, headers: [['n', null]] },
    batch: { lastOffset: '9007199254741000', recordCount: 8, compression: 'lz4' },
    failure: { type: 'Message.TooLarge', message: 'bomb', attempts: 0 },
    workflowId: 'record:llm.requests:2:1',
    topic: 'llm.dead-letters',
  });
  expect(letter.headers[0]).toEqual(['n', null]);
  expect(headersOf(letter).slice(-3)).toEqual([
    ['dead-letter-original-last-offset', '9007199254741000'],
    ['dead-letter-batch-records', '8'],
    ['dead-letter-batch-compression', 'lz4'],
  ]);
});
