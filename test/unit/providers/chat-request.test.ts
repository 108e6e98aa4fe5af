import { toChatRequest } from '../../../providers/chat-request.ts';

const request = { messages: [{ role: 'user', content: 'x' }], maxOutputTokens: 9, temperature: 0 } as const;

describe('the bound on the answer', () => {
  it.each([
    ['api.openai.com', 'max_completion_tokens'],
    ['eu.api.openai.com', 'max_completion_tokens'],
    ['mine.openai.azure.com', 'max_completion_tokens'],
    ['mine.services.ai.azure.com', 'max_completion_tokens'],
    ['127.0.0.1', 'max_tokens'],
    ['ollama', 'max_tokens'],
    ['openai.com.example.org', 'max_tokens'],
    ['notopenai.com', 'max_tokens'],
  ])('goes to %s as %s, and under no other name', (host, name) => {
    const body: object = toChatRequest(request, { host, model: 'gpt-4o-mini' });
    expect(body).toEqual({ model: 'gpt-4o-mini', messages: request.messages, temperature: 0, [name]: 9 });
  });
});

it.each(['o3', 'o4-mini', 'gpt-5', 'gpt-5-nano'])('%s is not told a temperature, which it would refuse', (model) => {
  expect(toChatRequest(request, { host: 'api.openai.com', model })).not.toHaveProperty('temperature');
});
