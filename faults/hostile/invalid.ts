import { kindsOf, messageWith, textOf, type HostileKind } from './kind.ts';

/** Members that break the contract of every message. */
const MEMBERS: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  'an unknown member': { prioritiy: 1 },
  'a member named constructor': { constructor: { name: 'x' } },
  'no payload': { payload: undefined },
  'payload null': { payload: null },
  'payload a list': { payload: [] },
  'payload a text': { payload: 'text' },
  'payload a number': { payload: 7 },
  'no type': { type: undefined },
  'type null': { type: null },
  'type a number': { type: 7 },
  'type a list': { type: ['summarize'] },
  'type empty': { type: '' },
  'type of 101 characters': { type: 't'.repeat(101) },
  'tenant a number': { tenant: 7 },
  'tenant empty': { tenant: '' },
  'tenant of 201 characters': { tenant: 't'.repeat(201) },
  'tenant an object': { tenant: { $ne: null } },
  'priority 0': { priority: 0 },
  'priority 6': { priority: 6 },
  'priority -1': { priority: -1 },
  'priority 1.5': { priority: 1.5 },
  'priority a text': { priority: '1' },
  'priority beyond 2^53': { priority: 2 ** 60 },
  'priority true': { priority: true },
  'metadata a list': { metadata: ['a'] },
  'metadata a text': { metadata: 'a' },
  'metadata of numbers': { metadata: { a: 1 } },
  'a metadata value of 2,001 characters': { metadata: { a: 'x'.repeat(2_001) } },
  'a metadata name of 201 characters': { metadata: { ['x'.repeat(201)]: 'a' } },
};

/** Payloads that break the contract of their type. */
const PAYLOADS: Readonly<Record<string, { readonly type: string; readonly payload: unknown }>> = {
  'summarize without text': { type: 'summarize', payload: {} },
  'text a number': { type: 'summarize', payload: { text: 7 } },
  'text null': { type: 'summarize', payload: { text: null } },
  'text blank': { type: 'summarize', payload: { text: ' \n ' } },
  'text a list': { type: 'summarize', payload: { text: ['a'] } },
  'maxWords 0': { type: 'summarize', payload: { text: 'a', maxWords: 0 } },
  'maxWords -1': { type: 'summarize', payload: { text: 'a', maxWords: -1 } },
  'maxWords 1e300': { type: 'summarize', payload: { text: 'a', maxWords: 1e300 } },
  'maxWords a text': { type: 'summarize', payload: { text: 'a', maxWords: '10' } },
  'an unknown member in the payload': { type: 'summarize', payload: { text: 'a', model: 'the-dearest-one' } },
  'a base URL in the payload': { type: 'summarize', payload: { text: 'a', baseURL: 'http://169.254.169.254/' } },
  'one label': { type: 'classify', payload: { text: 'a', labels: ['one'] } },
  'labels twice the same': { type: 'classify', payload: { text: 'a', labels: ['one', 'one'] } },
  'no labels': { type: 'classify', payload: { text: 'a' } },
  'labels of numbers': { type: 'classify', payload: { text: 'a', labels: [1, 2] } },
  '201 labels': { type: 'classify', payload: { text: 'a', labels: Array.from({ length: 201 }, (_, i) => String(i)) } },
  'a schema that is none': { type: 'extract', payload: { text: 'a', schema: 7 } },
  'no schema': { type: 'extract', payload: { text: 'a' } },
  'no messages': { type: 'chat', payload: { messages: [] } },
  'a role nobody has': { type: 'chat', payload: { messages: [{ role: 'root', content: 'a' }] } },
  'a placeholder without a value': { type: 'template', payload: { template: '{{name}}', values: {} } },
  'a placeholder named constructor': { type: 'template', payload: { template: '{{constructor}}', values: {} } },
  'a template that would explode': {
    type: 'template',
    payload: { template: '{{a}}'.repeat(10_000), values: { a: 'x'.repeat(10_000) } },
  },
};

/** JSON that `JSON.stringify` does not write. */
const RAW: Readonly<Record<string, (id: string) => string>> = {
  'a member named __proto__': (id) =>
    `{"id":"${id}","type":"summarize","payload":{"text":"a"},"__proto__":{"admin":true}}`,
  'a payload with __proto__': (id) =>
    `{"id":"${id}","type":"summarize","payload":{"text":"a","__proto__":{"admin":true}}}`,
  'metadata named __proto__': (id) =>
    `{"id":"${id}","type":"summarize","payload":{"text":"a"},"metadata":{"__proto__":"x"}}`,
  'priority 1e400': (id) => `{"id":"${id}","type":"summarize","payload":{"text":"a"},"priority":1e400}`,
  'half a surrogate pair as a name': (id) =>
    String.raw`{"id":"${id}","type":"summarize","payload":{"text":"a"},"\ud800":1}`,
  'an id that is a number': () => '{"id":7,"type":"summarize","payload":{"text":"a"}}',
  'an empty id': () => '{"id":"","type":"summarize","payload":{"text":"a"}}',
  'an id that is null': () => '{"id":null,"type":"summarize","payload":{"text":"a"}}',
  'an id that is an object': () => '{"id":{"$gt":""},"type":"summarize","payload":{"text":"a"}}',
};

const TYPES: Readonly<Record<string, string>> = {
  'nobody’s': 'horoscope',
  'in capitals': 'SUMMARIZE',
  'with a space': 'summarize ',
  __proto__: '__proto__',
  constructor: 'constructor',
  toString: 'toString',
  'a path': '../summarize',
  'with a line break': 'summarize\r\nx: y',
  'an escape sequence': '\u001b[31msummarize',
  'with a NUL': 'summ\u0000arize',
};

/** What is a JSON object, and no valid message. */
export const invalid: readonly HostileKind[] = [
  ...kindsOf(['member', 'Message.Invalid'], MEMBERS, (members, id) => ({ id, value: messageWith(id, members) })),
  ...kindsOf(['payload', 'Message.Invalid'], PAYLOADS, (message, id) => ({ id, value: messageWith(id, message) })),
  ...kindsOf(['raw', 'Message.Invalid'], RAW, (raw, id) => {
    const value = raw(id);
    return value.includes(id) ? { id, value } : { value };
  }),
  {
    name: 'an id of 10,001 characters',
    endsAs: 'Message.Invalid',
    make: (id) => {
      const long = id.padEnd(10_001, 'x');
      return { id: long, value: messageWith(long) };
    },
  },
  ...kindsOf(['type', 'Message.UnknownType'], TYPES, (type, id) => ({
    id,
    value: messageWith(id, { type, payload: { text: textOf(id) } }),
  })),
];
