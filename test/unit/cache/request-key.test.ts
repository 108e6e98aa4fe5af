import { requestKey, type AnswerSource } from '../../../cache/request-key.ts';
import type { CompletionRequest } from '../../../contracts/completion.ts';

const source: AnswerSource = { provider: 'openai', baseUrl: undefined, model: 'm' };
const request: CompletionRequest = {
  messages: [
    { role: 'system', content: 'Be short.' },
    { role: 'user', content: 'Hello' },
  ],
  maxOutputTokens: 50,
  temperature: 0,
  responseFormat: { name: 'greeting', schema: { type: 'object', properties: { a: {}, b: {} } } },
};

test('the key of an equal request is the same, in whatever order its members were written', () => {
  const { responseFormat, temperature, maxOutputTokens, messages } = structuredClone(request);
  const written = { ...(responseFormat && { responseFormat }), temperature: temperature!, maxOutputTokens, messages };
  expect(requestKey({ model: 'm', provider: 'openai' }, written)).toBe(requestKey(source, request));
  expect(requestKey(source, request)).toMatch(/^[0-9a-f]{64}$/);
});

const changed = (change: Partial<CompletionRequest>): [AnswerSource, CompletionRequest] => [
  source,
  { ...request, ...change },
];
test.each<[string, [AnswerSource, CompletionRequest]]>([
  ['provider', [{ ...source, provider: 'other' }, request]],
  ['base URL', [{ ...source, baseUrl: 'http://127.0.0.1:8787/v1' }, request]],
  ['model', [{ ...source, model: 'n' }, request]],
  ['text', changed({ messages: [request.messages[0]!, { role: 'user', content: 'hello' }] })],
  ['role', changed({ messages: [request.messages[0]!, { role: 'assistant', content: 'Hello' }] })],
  ['order of messages', changed({ messages: request.messages.toReversed() })],
  ['bound of the answer', changed({ maxOutputTokens: 51 })],
  ['temperature', changed({ temperature: 1 })],
  ['schema', changed({ responseFormat: { name: 'greeting', schema: { type: 'object' } } })],
  [
    'order of the schema, in which models answer',
    changed({ responseFormat: { name: 'greeting', schema: { type: 'object', properties: { b: {}, a: {} } } } }),
  ],
])('another %s is another key', (_what, [otherSource, otherRequest]) => {
  expect(requestKey(otherSource, otherRequest)).not.toBe(requestKey(source, request));
});
