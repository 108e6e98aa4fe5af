import { decodeRecord } from '../../../bridge/decode-record.ts';
import type { SourceRecord } from '../../../kafka/record-source.ts';
import { aSourceRecord } from '../../support/source-records.ts';

const header = (name: string, value: string) => [name, Buffer.from(value)] as const;
/** As `MAX_RECORD_BYTES` sets it. */
const MAX = 1024 * 1024;
const values = (count: number) =>
  `{"a":[${Array(count - 2)
    .fill(1)
    .join()}]}`;
const nested = (depth: number) => `{"a":${'['.repeat(depth - 1)}${']'.repeat(depth - 1)}}`;

describe('a record that cannot become a workflow', () => {
  it.each<[string, SourceRecord, string]>([
    ['a tombstone', aSourceRecord(null), 'Message.Unreadable'],
    ['an empty value', aSourceRecord(Buffer.alloc(0)), 'Message.Unreadable'],
    ['bytes that are not UTF-8', aSourceRecord(Buffer.from([0x7b, 0xff, 0x7d])), 'Message.Unreadable'],
    ['text that is not JSON', aSourceRecord(Buffer.from('{"type":')), 'Message.Unreadable'],
    ['a byte order mark', aSourceRecord(Buffer.from('\uFEFF{}')), 'Message.Unreadable'],
    ['a JSON array', aSourceRecord([{}]), 'Message.Unreadable'],
    ['JSON null', aSourceRecord(Buffer.from('null')), 'Message.Unreadable'],
    ['JSON nested too deep', aSourceRecord(Buffer.from(nested(101))), 'Message.Unreadable'],
    ['JSON nested deeper than any stack', aSourceRecord(Buffer.from(nested(50_000))), 'Message.Unreadable'],
    ['a value above the limit, whatever it is', aSourceRecord(Buffer.alloc(MAX + 1, 'x')), 'Message.TooLarge'],
    ['JSON of too many values', aSourceRecord(Buffer.from(values(200_001))), 'Message.TooLarge'],
    ['a key above 256 KiB', aSourceRecord({}, { key: Buffer.alloc(256 * 1024 + 1) }), 'Message.TooLarge'],
    ['257 headers', aSourceRecord({}, { headers: Array(257).fill(header('h', '')) as [] }), 'Message.TooManyHeaders'],
    [
      'headers above 32 KiB',
      aSourceRecord({}, { headers: [header('h', 'x'.repeat(32_768))] }),
      'Message.TooManyHeaders',
    ],
  ])('%s', (_, record, type) => {
    expect(decodeRecord(record, MAX)).toMatchObject({ kind: 'refused', type });
  });

  it.each<[string, SourceRecord]>([
    ['The value is null (a tombstone)', aSourceRecord(null)],
    ['The value is not valid UTF-8', aSourceRecord(Buffer.from([0x7b, 0xff, 0x7d]))],
    ['The value is not valid JSON', aSourceRecord(Buffer.from('{'))],
    ['The value is JSON, but not an object', aSourceRecord([1])],
    ['The value is JSON, but not an object', aSourceRecord(7)],
    ['The value is JSON nested more than 100 levels deep', aSourceRecord(Buffer.from(nested(101)))],
    ['The value has 1048577 bytes; the limit is 1048576', aSourceRecord(Buffer.alloc(MAX + 1))],
    ['The key has 262145 bytes; the limit is 262144', aSourceRecord({}, { key: Buffer.alloc(262_145) })],
    [
      '257 headers with 771 bytes; the limit is 256 headers and 32768 bytes',
      aSourceRecord({}, { headers: Array(257).fill(header('é', 'x')) as [] }),
    ],
  ])('is refused with the reason "%s"', (reason, record) => {
    expect(decodeRecord(record, MAX)).toMatchObject({ kind: 'refused', reason });
  });

  it('is refused with a reason that quotes nothing of it', () => {
    expect(JSON.stringify(decodeRecord(aSourceRecord(Buffer.from('sk-secret')), MAX))).not.toContain('secret');
  });
});

describe('a record at a limit', () => {
  it.each<[string, SourceRecord]>([
    ['a key of 256 KiB', aSourceRecord({}, { key: Buffer.alloc(256 * 1024) })],
    ['no key', aSourceRecord({}, { key: null })],
    ['100 levels', aSourceRecord(Buffer.from(nested(100)))],
    ['a value of all the bytes', aSourceRecord(Buffer.from(`{"a":"${'x'.repeat(MAX - 8)}"}`))],
    ['a key of 256 KiB', aSourceRecord({}, { key: Buffer.alloc(256 * 1024) })],
    ['as many values as may be', aSourceRecord(Buffer.from(values(200_000)))],
    [
      '256 headers of 32 KiB in all',
      aSourceRecord({}, { headers: Array(256).fill(header('h', 'x'.repeat(127))) as [] }),
    ],
  ])('passes with %s', (_, record) => {
    expect(decodeRecord(record, MAX).kind).toBe('message');
  });
});

describe('the id', () => {
  const headers = [header('ce_id', 'from-cloudevents'), header('message-id', 'from-header')];
  it.each<[string, unknown, { headers: SourceRecord['headers']; id: string | undefined }]>([
    ['of the value comes first', { id: 'from-value' }, { headers, id: 'from-value' }],
    ['of message-id comes second', {}, { headers, id: 'from-header' }],
    ['of ce_id comes third', {}, { headers: headers.slice(0, 1), id: 'from-cloudevents' }],
    ['is none without any', {}, { headers: [], id: undefined }],
    ['is not a number', { id: 7 }, { headers: [], id: undefined }],
    ['is not empty', { id: '' }, { headers: [header('message-id', '')], id: undefined }],
    ['is not what is no text', {}, { headers: [['message-id', Buffer.from([0xff])]], id: undefined }],
  ])('%s', (_, value, { headers: given, id }) => {
    expect(decodeRecord(aSourceRecord(value, { headers: given }), MAX)).toMatchObject({ kind: 'message', id });
  });
});

describe('what routes a message', () => {
  it('is read where it has the right type, and left to validation where not', () => {
    const routing = (value: unknown) => (decodeRecord(aSourceRecord(value), MAX) as { routing?: unknown }).routing;
    expect(routing({ type: 'chat', tenant: 't', priority: 5 })).toEqual({ type: 'chat', tenant: 't', priority: 5 });
    expect(routing({ type: 1, tenant: {}, priority: 6 })).toEqual({});
    expect(routing({ type: '', tenant: '', priority: 1.5 })).toEqual({});
    expect(routing({ 'no envelope': true })).toEqual({});
  });
});
