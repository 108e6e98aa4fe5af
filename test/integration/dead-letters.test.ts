import type { IHeaders, Message } from 'kafkajs';
import { headerTexts } from '../support/followed-topic.ts';
import { openPipelineBed, type PipelineBed } from '../support/pipeline-bed.ts';
import { waitUntil } from '../../dev/wait-until.ts';

jest.setTimeout(90_000);

let bed: PipelineBed;
beforeAll(async () => {
  bed = await openPipelineBed('dead-letters');
  await bed.start('main.js');
});
afterAll(() => bed.close());

const json = (value: unknown) => ({ value: JSON.stringify(value) });
const summarize = (id: string, text: string) => json({ id, type: 'summarize', payload: { text } });

/** `attempts` counts calls of the provider. `workflow` is absent where the message has no id of its own to be known by. */
const CASES: { what: string; record: Message; type: string; says: RegExp; attempts?: number; workflow?: string }[] = [
  { what: 'a tombstone', record: { value: null }, type: 'Message.Unreadable', says: /tombstone/ },
  { what: 'no JSON', record: { value: 'Dear sir' }, type: 'Message.Unreadable', says: /not valid JSON/ },
  {
    what: 'no UTF-8',
    record: { value: Buffer.from([0x7b, 0xff, 0xfe, 0x7d]) },
    type: 'Message.Unreadable',
    says: /not valid UTF-8/,
  },
  {
    what: 'more than 8 MiB',
    record: { value: `{"id":"large","type":"summarize","payload":{"text":"${'x'.repeat(8 * 1024 * 1024)}"}}` },
    type: 'Message.TooLarge',
    says: /8388\d{3}/,
  },
  {
    what: '300 headers',
    record: {
      ...summarize('many', 'Many headers.'),
      headers: Object.fromEntries(Array.from({ length: 300 }, (_, index) => [`h-${String(index)}`, 'x'])),
    },
    type: 'Message.TooManyHeaders',
    says: /300 headers/,
  },
  {
    what: 'two problems',
    record: json({ id: 'invalid', type: 'classify', payload: { labels: ['one'] } }),
    type: 'Message.Invalid',
    says: /text.*labels/,
    workflow: 'invalid',
  },
  {
    // Quoted in a failure, half a pair would stop the whole worker: its native core takes only UTF-8.
    what: 'half a surrogate pair as the name of a member',
    record: { value: String.raw`{"id":"half","type":"summarize","payload":{"text":"a"},"\ud800":1}` },
    type: 'Message.Invalid',
    says: /Unrecognized key/,
    workflow: 'half',
  },
  {
    what: 'an unknown type',
    record: json({ id: 'unknown', type: 'horoscope', payload: {} }),
    type: 'Message.UnknownType',
    says: /horoscope/,
    workflow: 'unknown',
  },
  {
    what: 'a prompt the provider refuses',
    record: summarize('refused', 'Go away. [stand-in: 400]'),
    type: 'Provider.BadRequest',
    says: /./,
    attempts: 1,
    workflow: 'refused',
  },
  {
    what: 'answers that do not hold, twice',
    record: json({
      id: 'never-json',
      type: 'classify',
      payload: { text: 'Which? [stand-in: invalid-json times=2]', labels: ['a', 'b'] },
    }),
    type: 'Output.Invalid',
    says: /also after asking again/,
    attempts: 2,
    workflow: 'never-json',
  },
];

it.each(CASES)('$what ends as $type, with the headers that say why', async (expected) => {
  const { record, type, says, attempts = 0, workflow } = expected;
  const timestamp = '1750000000123';
  const source = await bed.send({ ...record, timestamp });
  const letter = await bed.deadLetterOf(source);
  const { topic, partition, offset } = source;
  const workflowId =
    workflow === undefined ? `record:${topic}:${String(partition)}:${offset}` : `message:${topic}:${workflow}`;
  expect(letter.value).toEqual(record.value === null ? null : Buffer.from(record.value));
  expect(letter.key).toBeNull();
  expect(headerTexts(letter.headers)).toEqual({
    ...(record.headers as IHeaders | undefined),
    'dead-letter-original-topic': topic,
    'dead-letter-original-partition': String(partition),
    'dead-letter-original-offset': offset,
    'dead-letter-original-timestamp': timestamp,
    'dead-letter-failure-type': type,
    'dead-letter-failure-message': expect.stringMatching(says) as string,
    'dead-letter-attempts': String(attempts),
    'dead-letter-workflow-id': workflowId,
    'dead-letter-redrive-count': '0',
  });
});

it.each([
  { by: 'the bridge', value: Buffer.from([0, 1, 2, 0xff]) },
  { by: 'the workflow', value: Buffer.from('  {"type": "nobody\\u0027s", "payload": {},\r\n "id": "kept"}\n') },
])('key, value and headers come back byte for byte from $by', async ({ value }) => {
  const key = Buffer.from([0xfe, 0x00, 0x80, 0x0a]);
  const binary = Buffer.from([0xc3, 0x28, 0x00, 0xff]);
  const headers = { binary, repeated: ['one', binary, 'one'], Ünïcode: 'ja', empty: '' };
  const letter = await bed.deadLetterOf(await bed.send({ key, value, headers }));
  expect(letter.key).toEqual(key);
  expect(letter.value).toEqual(value);
  const kept = Object.entries(letter.headers).filter(([name]) => !name.startsWith('dead-letter-'));
  expect(Object.fromEntries(kept)).toEqual({
    binary,
    repeated: [Buffer.from('one'), binary, Buffer.from('one')],
    Ünïcode: Buffer.from('ja'),
    empty: Buffer.from(''),
  });
});

it('fails its workflow, where operators find it by its type', async () => {
  const source = await bed.send(summarize('findable', 'No. [stand-in: 400]'));
  await bed.deadLetterOf(source);
  const query = `FailureType="Provider.BadRequest" AND PipelineState="dead-lettered" AND ExecutionStatus="Failed"`;
  await waitUntil('visibility', async () => {
    for await (const { workflowId } of bed.client.workflow.list({ query })) {
      if (workflowId === `message:${bed.topics.input}:findable`) return true;
    }
    return false;
  });
});
