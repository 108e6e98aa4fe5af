import { Validator } from '@cfworker/json-schema';
import { STAND_IN_KEY } from '../../../dev/standin/key.ts';
import { startStandIn, type StandIn } from '../../../dev/standin/start-standin.ts';
import { createFieldCleaner } from '../../../telemetry/log-fields.ts';

const MAIL = `Dear team,
Maria Lopez ordered 3 chairs on 2026-03-14 for EUR 1,249.50. Please confirm to maria.lopez@example.org by phone +49 30 1234567.
Regards, Tom Baker`;

let standIn: StandIn;
beforeAll(async () => {
  standIn = await startStandIn();
});
afterAll(() => standIn.close());

interface Answer {
  model: string;
  choices: [{ message: { content: string }; finish_reason: string }];
  usage: { prompt_tokens: number; completion_tokens: number; total_tokens: number };
}

async function ask(text: string, options: { schema?: object; system?: string; more?: object } = {}): Promise<Answer> {
  const { schema, system = 'Be helpful.', more = {} } = options;
  const response_format = schema && { type: 'json_schema', json_schema: { name: 'out', strict: true, schema } };
  const messages = [
    { role: 'system', content: system },
    { role: 'user', content: text },
  ];
  const response = await fetch(`${standIn.url}/chat/completions`, {
    method: 'POST',
    body: JSON.stringify({ model: 'gpt-4o-mini', messages, response_format, ...more }),
  });
  expect(response.status).toBe(200);
  return (await response.json()) as Answer;
}

async function fill(schema: object, text = MAIL): Promise<unknown> {
  const answer = await ask(text, { schema });
  const value: unknown = JSON.parse(answer.choices[0].message.content);
  expect(new Validator(schema as never).validate(value)).toMatchObject({ valid: true });
  return value;
}

const object = (properties: Record<string, object>) => ({
  type: 'object',
  properties,
  required: Object.keys(properties),
  additionalProperties: false,
});

test('the same request gets the same answer, named as a stand-in', async () => {
  const [one, other] = [await ask(MAIL), await ask(MAIL)];
  expect(one.choices).toEqual(other.choices);
  expect(one.model).toBe('gpt-4o-mini-stand-in');
});

test('logs, which leave out its key, keep the name of its model', async () => {
  const { model } = await ask(MAIL);
  expect(createFieldCleaner([STAND_IN_KEY]).fields({ model })).toEqual({ model: 'gpt-4o-mini-stand-in' });
});

test('tokens are a quarter of the characters, rounded up for each message', async () => {
  const { usage, choices } = await ask('12345', { system: '1234' });
  expect(usage.prompt_tokens).toBe(1 + 2);
  expect(usage.completion_tokens).toBe(Math.ceil(choices[0].message.content.length / 4));
  expect(usage.total_tokens).toBe(usage.prompt_tokens + usage.completion_tokens);
});

test('a summary is the first sentences of the text', async () => {
  const { choices } = await ask('Kafka keeps records. Temporal keeps workflows. And more.', { system: 'Summarize.' });
  expect(choices[0].message.content).toBe('Kafka keeps records. Temporal keeps workflows.');
});

test('what stands around a fenced text is instruction, and not summarised', async () => {
  const { choices } = await ask('Summarise in at most 9 words.\n<text>\nKafka keeps records.\n</text>');
  expect(choices[0].message.content).toBe('Kafka keeps records.');
});

test('an answer above the output cap is cut and says so', async () => {
  const { choices } = await ask(MAIL, { more: { max_completion_tokens: 3 } });
  expect(choices[0].finish_reason).toBe('length');
  expect(choices[0].message.content).toHaveLength(12);
});

test('properties are taken from the text where their names say what belongs there', async () => {
  const schema = object({
    customerName: { type: 'string' },
    email: { type: 'string', format: 'email' },
    orderDate: { type: 'string' },
    totalAmount: { type: 'number' },
    phone: { type: ['string', 'null'] },
    website: { type: ['string', 'null'] },
  });
  expect(await fill(schema)).toEqual({
    customerName: 'Maria Lopez',
    email: 'maria.lopez@example.org',
    orderDate: '2026-03-14',
    totalAmount: 1249.5,
    phone: '+49 30 1234567',
    website: null,
  });
});

test.each<[string, object]>([
  [
    'nested objects',
    object({ order: object({ lines: { type: 'array', items: object({ sku: { type: 'string' } }) } }) }),
  ],
  ['bounded arrays', object({ tags: { type: 'array', items: { type: 'string' }, minItems: 2, maxItems: 3 } })],
  ['arrays of enums', object({ kinds: { type: 'array', items: { enum: ['a', 'b'] }, minItems: 1 } })],
  ['empty arrays', object({ none: { type: 'array', items: { type: 'string' }, maxItems: 0 } })],
  [
    'bounded numbers',
    object({ share: { type: 'number', minimum: 0, maximum: 1 }, n: { type: 'integer', minimum: 7 } }),
  ],
  ['exclusive bounds', object({ n: { type: 'integer', exclusiveMinimum: 4000, exclusiveMaximum: 4002 } })],
  [
    'strings by length',
    object({ code: { type: 'string', minLength: 5, maxLength: 5 }, s: { type: 'string', minLength: 900 } }),
  ],
  [
    'formats',
    object({
      a: { type: 'string', format: 'uuid' },
      b: { type: 'string', format: 'date-time' },
      due: { type: 'string', format: 'date' },
    }),
  ],
  [
    'alternatives',
    object({ a: { anyOf: [{ type: 'null' }, { type: 'integer' }] }, b: { oneOf: [{ const: 4 }, { type: 'string' }] } }),
  ],
  ['references', { ...object({ a: { $ref: '#/$defs/point' } }), $defs: { point: object({ x: { type: 'number' } }) } }],
  [
    'merged parts',
    {
      allOf: [
        object({ a: { type: 'string' } }),
        { type: 'object', properties: { b: { type: 'boolean' } }, required: ['b'] },
      ],
    },
  ],
  ['an enum that is not text', object({ n: { enum: [3, 4] }, c: { const: 'x' }, nothing: { type: 'null' } })],
])('structured output satisfies its schema: %s', async (_what, schema) => {
  // A schema nobody can satisfy together with additionalProperties: false is left out of the merged case.
  const open = JSON.parse(JSON.stringify(schema).replaceAll(',"additionalProperties":false', '')) as object;
  await fill(open);
  await fill(open, '');
});

test('a schema that refers to itself ends', async () => {
  const schema = { $ref: '#/$defs/node', $defs: { node: object({ next: { $ref: '#/$defs/node' } }) } };
  const answer = await ask(MAIL, { schema });
  expect(() => void JSON.parse(answer.choices[0].message.content)).not.toThrow();
});

test('labels follow the words of the text', async () => {
  const label = (text: string, labels: string[]) => fill(object({ label: { type: 'string', enum: labels } }), text);
  expect(await label('Congratulations WINNER! Click for your FREE money', ['ham', 'spam'])).toEqual({ label: 'spam' });
  expect(await label('The patch is attached, thanks. Tom', ['spam', 'ham'])).toEqual({ label: 'ham' });
  expect(await label('I love it, excellent!', ['negative', 'positive'])).toEqual({ label: 'positive' });
  expect(await label('Mmm.', ['positive', 'neutral'])).toEqual({ label: 'neutral' });
});

test('a long text of unclosed tags and digits is answered without freezing', async () => {
  const startedAt = performance.now();
  await ask('<p>1,1 <br> a@b '.repeat(15_000), {
    schema: object({ email: { type: 'string' }, date: { type: 'string' } }),
  });
  expect(performance.now() - startedAt).toBeLessThan(1_000);
});
