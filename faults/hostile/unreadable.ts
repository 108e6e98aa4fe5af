import { gzipSync } from 'node:zlib';
import { MAX_JSON_DEPTH } from '../../contracts/limits.ts';
import { kindsOf, messageWith, type HostileKind } from './kind.ts';

const inText = (...bytes: number[]) =>
  Buffer.concat([Buffer.from('{"type":"summarize","payload":{"text":"'), Buffer.from(bytes), Buffer.from('"}}')]);

const BYTES: Readonly<Record<string, (id: string, random: () => number) => Buffer | null>> = {
  tombstone: () => null,
  'no bytes': () => Buffer.alloc(0),
  'a NUL': () => Buffer.from([0]),
  'a lone continuation byte': () => inText(0x80),
  'an overlong slash': () => inText(0xc0, 0xaf),
  'an overlong NUL': () => inText(0xc0, 0x80),
  'a sequence cut short': () => inText(0xe2, 0x82),
  '0xff': () => inText(0xff),
  '0xfe 0xff': () => inText(0xfe, 0xff),
  'half a surrogate pair in UTF-8': () => inText(0xed, 0xa0, 0x80),
  'a code point beyond Unicode': () => inText(0xf4, 0x90, 0x80, 0x80),
  'a byte order mark': (id) => Buffer.from(`\uFEFF${messageWith(id)}`),
  'UTF-16 LE': (id) => Buffer.from(messageWith(id), 'utf16le'),
  'UTF-16 BE': (id) => Buffer.from(messageWith(id), 'utf16le').swap16(),
  Latin1: () => Buffer.from('{"type":"summarize","payload":{"text":"café"}}', 'latin1'),
  gzip: (id) => gzipSync(messageWith(id)),
  noise: (_id, random) => Buffer.from(Array.from({ length: 500 }, () => Math.floor(random() * 256))),
  'a schema registry’s envelope': (id) => Buffer.concat([Buffer.from([0, 0, 0, 0, 7]), Buffer.from(messageWith(id))]),
};

const TEXTS: Readonly<Record<string, string>> = {
  'white space': ' \n\t ',
  words: 'Dear sir or madam',
  XML: '<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>',
  'a trailing comma': '{"type":"summarize",}',
  'single quotes': "{'type':'summarize'}",
  'a comment': '{"type":"summarize" /* or not */}',
  'unquoted names': '{type:"summarize"}',
  NaN: '{"type":"summarize","payload":{"text":"a","maxWords":NaN}}',
  Infinity: '{"type":"summarize","payload":{"text":"a","maxWords":Infinity}}',
  'a hexadecimal number': '{"type":"summarize","payload":{"maxWords":0x10}}',
  'a raw line break in a text': '{"type":"summarize","payload":{"text":"a\nb"}}',
  'half an object': '{"type":"summarize","payload":{"te',
  'two objects': '{"type":"summarize"}{"type":"summarize"}',
  'a broken escape': String.raw`{"type":"summarize","payload":{"text":"\u12"}}`,
  undefined: 'undefined',
  null: 'null',
  true: 'true',
  'a number': '42',
  'a large number': `1${'0'.repeat(5_000)}`,
  'a text': '"summarize"',
  'an empty list': '[]',
  'a list of messages': '[{"type":"summarize","payload":{"text":"a"}}]',
  'braces without an end': '{'.repeat(50_000),
  'brackets without an end': '['.repeat(200_000),
};

const nested = (depth: number, open: string, close: string) =>
  `{"type":"summarize","payload":{"text":"a","more":${open.repeat(depth)}1${close.repeat(depth)}}}`;
const DEPTHS: Readonly<Record<string, string>> = {
  'objects just too deep': nested(MAX_JSON_DEPTH - 1, '{"a":', '}'),
  'lists just too deep': nested(MAX_JSON_DEPTH - 1, '[', ']'),
  'lists 10,000 deep': nested(10_000, '[', ']'),
  'objects 20,000 deep': nested(20_000, '{"a":', '}'),
};

/** What is no JSON object in UTF-8. */
export const unreadable: readonly HostileKind[] = [
  ...kindsOf(['bytes', 'Message.Unreadable'], BYTES, (bytes, id, random) => ({ value: bytes(id, random) })),
  ...kindsOf(['not an object', 'Message.Unreadable'], TEXTS, (value) => ({ value })),
  ...kindsOf(['nested', 'Message.Unreadable'], DEPTHS, (value) => ({ value })),
];
