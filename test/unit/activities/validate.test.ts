import { ApplicationFailure } from '@temporalio/common';
import { createValidate } from '../../../activities/validate.ts';
import { createProcessorRegistry } from '../../../processors/registry.ts';
import { aRecord, aSummarizeMessage } from '../../support/messages.ts';

const validate = createValidate({ registry: createProcessorRegistry() });
const outcome = async (value: unknown) => {
  try {
    return await validate({ record: aRecord(value) });
  } catch (error) {
    if (!(error instanceof ApplicationFailure)) throw error;
    return { type: error.type, message: error.message, nonRetryable: error.nonRetryable };
  }
};

test('a good message passes with its type, tenant and metadata', async () => {
  expect(await outcome(aSummarizeMessage({ metadata: { team: 'a' }, tenant: 't', priority: 1 }))).toEqual({
    type: 'summarize',
    tenant: 't',
    metadata: { team: 'a' },
  });
});

test.each([
  ['not JSON', '{"id":', 'Message.Unreadable', 'not JSON'],
  [
    'a payload with a member named __proto__',
    '{"type":"summarize","payload":{"text":"a","__proto__":{"admin":true}}}',
    'Message.Invalid',
    '__proto__',
  ],
  [
    'metadata named __proto__ in escapes',
    String.raw`{"type":"summarize","payload":{"text":"a"},"metadata":{"\u005f_proto__":"x"}}`,
    'Message.Invalid',
    '__proto__',
  ],
  ['an array', '[]', 'Message.Invalid', 'object'],
  ['no type', { payload: {} }, 'Message.Invalid', 'type'],
  ['a payload that is no object', { type: 'summarize', payload: 'x' }, 'Message.Invalid', 'payload'],
  ['a priority out of range', aSummarizeMessage({ priority: 9 }), 'Message.Invalid', 'priority'],
  ['an id that is a number', aSummarizeMessage({ id: 7 }), 'Message.Invalid', 'id'],
  ['a misspelt member', aSummarizeMessage({ prioritiy: 1 }), 'Message.Invalid', 'prioritiy'],
  ['metadata that is not text', aSummarizeMessage({ metadata: { a: 1 } }), 'Message.Invalid', 'metadata'],
  ['an unknown type', aSummarizeMessage({ type: 'horoscope' }), 'Message.UnknownType', 'horoscope'],
  [
    'the name of a built-in property as type',
    aSummarizeMessage({ type: 'constructor' }),
    'Message.UnknownType',
    'constructor',
  ],
  ['a payload its type refuses', aSummarizeMessage({ payload: { txt: 'x' } }), 'Message.Invalid', 'text'],
])('%s ends the message, and the failure names the problem', async (...[, value, type, problem]) => {
  const failure = await outcome(value);
  expect(failure).toMatchObject({ type, nonRetryable: true });
  expect((failure as { message: string }).message).toContain(problem);
});

const metadataOf = (entries: number, name = 'n', value = 'v') =>
  Object.fromEntries(Array.from({ length: entries }, (_, index) => [`${String(index)}${name}`, value]));

test.each<[string, Record<string, unknown>, Record<string, unknown>]>([
  ['id', { id: 'i'.repeat(10_000) }, { id: 'i'.repeat(10_001) }],
  ['tenant', { tenant: 't'.repeat(200) }, { tenant: 't'.repeat(201) }],
  ['metadata', { metadata: metadataOf(100) }, { metadata: metadataOf(101) }],
  ['metadata', { metadata: metadataOf(1, 'n'.repeat(199)) }, { metadata: metadataOf(1, 'n'.repeat(200)) }],
  [
    'metadata',
    { metadata: metadataOf(1, 'n', 'v'.repeat(2_000)) },
    { metadata: metadataOf(1, 'n', 'v'.repeat(2_001)) },
  ],
])('%s may be as long as its limit, and no longer', async (member, atLimit, above) => {
  expect(await outcome(aSummarizeMessage(atLimit))).toMatchObject({ type: 'summarize' });
  expect(await outcome(aSummarizeMessage(above))).toMatchObject({
    type: 'Message.Invalid',
    message: expect.stringContaining(member) as string,
  });
});

test('a type of 100 characters is one that nobody knows, a longer one is invalid', async () => {
  expect(await outcome(aSummarizeMessage({ type: 't'.repeat(100) }))).toMatchObject({ type: 'Message.UnknownType' });
  expect(await outcome(aSummarizeMessage({ type: 't'.repeat(101) }))).toMatchObject({ type: 'Message.Invalid' });
});

test('every problem of a message is named at once', async () => {
  const { message } = (await outcome(aSummarizeMessage({ priority: 9, tenant: '', metadata: { a: 1 } }))) as {
    message: string;
  };
  for (const member of ['priority', 'tenant', 'metadata']) expect(message).toContain(member);
});
