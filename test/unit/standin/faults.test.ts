import { createStandInClient, type StandInClient } from '../../../dev/standin/client.ts';
import { startStandIn, type StandIn } from '../../../dev/standin/start-standin.ts';
import { scrub } from '../../../providers/scrub.ts';
import { waitUntil } from '../../../dev/wait-until.ts';

let standIn: StandIn;
let control: StandInClient;
beforeAll(async () => {
  standIn = await startStandIn();
  control = createStandInClient(standIn.url);
});
afterEach(async () => {
  await control.configure({});
  await control.reset();
});
afterAll(() => standIn.close());

interface Body {
  error?: { message: string; type: string; param: string | null; code: string | null };
  choices?: [{ message: { content: string | null; refusal: string | null }; finish_reason: string }];
}

interface Asked {
  messages?: object[];
  json?: boolean;
  key?: string;
  signal?: AbortSignal;
}

function post(content: string, more: Asked = {}) {
  const messages = more.messages ?? [{ role: 'user', content }];
  const format = more.json === true && { response_format: { type: 'json_object' } };
  return fetch(`${standIn.url}/chat/completions`, {
    method: 'POST',
    body: JSON.stringify({ model: 'm', messages, ...format }),
    headers: {
      'x-client-request-id': 'test/1',
      ...(more.key !== undefined && { authorization: `Bearer ${more.key}` }),
    },
    signal: more.signal ?? null,
  });
}
async function ask(content: string, more: Asked = {}) {
  const response = await post(content, more);
  return { status: response.status, headers: response.headers, body: (await response.json()) as Body };
}
const statuses = async (content: string, calls: number) => {
  const seen: number[] = [];
  for (let call = 0; call < calls; call += 1) seen.push((await ask(content)).status);
  return seen;
};

test('a passing fault hits the first call with a prompt, and another prompt on its own', async () => {
  expect(await statuses('[stand-in: 500] one', 2)).toEqual([500, 200]);
  expect(await statuses('[stand-in: 500] two', 2)).toEqual([500, 200]);
});
test('a lasting fault hits every call', async () => {
  expect(await statuses('x [stand-in: 401]', 3)).toEqual([401, 401, 401]);
});
test('times says how often', async () => {
  expect(await statuses('[stand-in: 503 times=2]', 3)).toEqual([503, 503, 200]);
  expect(await statuses('[stand-in: insufficient_quota times=1]', 2)).toEqual([429, 200]);
});
test('several directives come one after the other', async () => {
  expect(await statuses('[stand-in: 500] [stand-in: 429]', 3)).toEqual([500, 429, 200]);
});
test('429 carries the retry-after that was asked for, and none otherwise', async () => {
  expect((await ask('[stand-in: 429 retry-after=2]')).headers.get('retry-after')).toBe('2');
  expect((await ask('[stand-in: 429] other')).headers.get('retry-after')).toBeNull();
});

test.each([
  ['retry-after=2', { 'retry-after': '2' }],
  ['retry-after-ms=1500', { 'retry-after-ms': '1500' }],
  ['x-ms-retry-after-ms=700', { 'x-ms-retry-after-ms': '700' }],
  ['limit-reset=360', { 'x-ratelimit-remaining-requests': '0', 'x-ratelimit-reset-requests': '6m0s' }],
])('[429 %s] says when to come back', async (parameter, expected) => {
  const { headers } = await ask(`[stand-in: 429 ${parameter}]`);
  expect(Object.fromEntries(headers)).toMatchObject(expected);
});
test('retry-after-date is not before the time that was asked for', async () => {
  const askedAt = Date.now();
  const { headers } = await ask('[stand-in: 503 retry-after-date=3]');
  const date = headers.get('retry-after') ?? '';
  expect(date).toMatch(/ GMT$/);
  expect(Date.parse(date) - askedAt).toBeGreaterThanOrEqual(3_000);
  expect(Date.parse(date) - askedAt).toBeLessThan(5_000);
});

test.each([
  { name: '429', status: 429, type: 'requests', code: 'rate_limit_exceeded' },
  { name: 'insufficient_quota', status: 429, type: 'insufficient_quota', code: 'insufficient_quota' },
  { name: 'context_length', status: 400, type: 'invalid_request_error', code: 'context_length_exceeded' },
  { name: '404', status: 404, type: 'invalid_request_error', code: 'model_not_found' },
  { name: 'prompt_filtered', status: 400, type: 'invalid_request_error', code: 'content_filter' },
  { name: 'context_length_without_code', status: 400, type: 'BadRequestError', code: 400 },
  { name: 'slow_down', status: 429, type: 'rate_limit_error', code: 'slow_down' },
  { name: 'server_error_in_200', status: 200, type: 'server_error', code: 'server_error' },
])('$name has the body a provider gives it', async ({ name, status, type, code }) => {
  const answer = await ask(`[stand-in: ${name}]`);
  expect(answer.status).toBe(status);
  expect(answer.body.error).toMatchObject({ type, code });
  expect(Object.keys(answer.body.error ?? {})).toEqual(['message', 'type', 'param', 'code']);
  expect(answer.headers.get('x-request-id')).toMatch(/^req_/);
});

const someText = expect.any(String) as string;
test.each([
  { name: 'refusal', finish_reason: 'stop', content: null, refusal: "I'm sorry, but I can't help with that." },
  { name: 'content_filter', finish_reason: 'content_filter', content: '', refusal: null },
  { name: 'length', finish_reason: 'length', content: someText, refusal: null },
])('$name is an outcome inside a 200', async ({ name, finish_reason, content, refusal }) => {
  const { status, body } = await ask(`[stand-in: ${name}] text`);
  expect(status).toBe(200);
  expect(body.choices?.[0]).toMatchObject({ finish_reason, message: { content, refusal } });
});

test.each([
  { name: 'echo_key', status: 401 },
  { name: 'echo_key_in_400', status: 400 },
  { name: 'echo_key_in_refusal', status: 200 },
])('$name quotes the key where only who knows it can find it', async ({ name, status }) => {
  const answer = await ask(`[stand-in: ${name}]`, { key: 'own-key-1' });
  expect(answer.status).toBe(status);
  const said = answer.body.error?.message ?? answer.body.choices?.[0].message.refusal ?? '';
  expect(scrub(said)).toContain('own-key-1');
});

test('a misspelt directive is a 400 that lists the known ones', async () => {
  const { status, body } = await ask('[stand-in: 5oo]');
  expect(status).toBe(400);
  expect(body.error?.message).toContain('insufficient_quota');
});

test('a re-ask after an answer that was no JSON gets one, about the first message', async () => {
  const user = { role: 'user', content: '[stand-in: invalid-json] Hello world.' };
  const first = await ask('', { messages: [user], json: true });
  const rejected = first.body.choices?.[0].message.content ?? '';
  expect(() => void JSON.parse(rejected)).toThrow();
  const again = [user, { role: 'assistant', content: rejected }, { role: 'user', content: 'That was no JSON.' }];
  const second = await ask('', { messages: again, json: true });
  expect(JSON.parse(second.body.choices?.[0].message.content ?? '')).toEqual({ answer: 'Hello world.' });
});

test('streaming and broken requests are 400, in OpenAI’s words', async () => {
  const send = (body: string) => fetch(`${standIn.url}/chat/completions`, { method: 'POST', body });
  expect((await send('{')).status).toBe(400);
  expect((await send('{"model":"m","messages":[]}')).status).toBe(400);
  const streamed = await send('{"model":"m","stream":true,"messages":[{"role":"user","content":"x"}]}');
  expect(await streamed.json()).toMatchObject({ error: { param: 'stream' } });
});

test('reset destroys the connection, and the ledger has the call', async () => {
  await expect(post('[stand-in: reset]')).rejects.toThrow();
  expect(await control.calls()).toMatchObject([{ status: null, fault: 'reset', aborted: false }]);
  expect((await post('[stand-in: reset]')).status).toBe(200);
});

test('down destroys every call until it is up again', async () => {
  await control.configure({ down: true });
  await expect(post('x')).rejects.toThrow();
  await control.configure({});
  expect((await post('x')).status).toBe(200);
});

test('a client that goes away during a hang is seen as aborted', async () => {
  const abort = new AbortController();
  const call = post('[stand-in: hang] zzz', { signal: abort.signal });
  await waitUntil('the call is in flight', async () => (await control.stats()).inFlight === 1);
  abort.abort();
  await expect(call).rejects.toThrow();
  await waitUntil('the call ended', async () => (await control.stats()).inFlight === 0);
  expect(await control.calls()).toMatchObject([{ aborted: true, fault: 'hang', status: null, requestId: 'test/1' }]);
});

test('stall-body sends headers and never the end', async () => {
  const abort = new AbortController();
  const response = await post('[stand-in: stall-body]', { signal: abort.signal });
  expect(response.status).toBe(200);
  expect((await control.stats()).inFlight).toBe(1);
  abort.abort();
  await expect(response.text()).rejects.toThrow();
});

test('cut-body sends headers and breaks off', async () => {
  const response = await post('[stand-in: cut-body]');
  expect(response.status).toBe(200);
  await expect(response.text()).rejects.toThrow();
  expect(await control.calls()).toMatchObject([{ status: null, fault: 'cut-body', aborted: false }]);
});

test('huge-body is well formed and huge', async () => {
  const response = await post('[stand-in: huge-body]');
  const body = (await response.json()) as Body;
  expect(body.choices?.[0].message.content?.length).toBe(32 * 1024 * 1024);
});

test('an error mix gives its share, the same for the same seed', async () => {
  const run = async (seed: number) => {
    await control.configure({ errorMix: { '500': 0.3 }, seed });
    const seen: number[] = [];
    for (let call = 0; call < 200; call += 1) seen.push((await ask(String(call))).status);
    return seen;
  };
  const [one, again, other] = [await run(7), await run(7), await run(8)];
  expect(one).toEqual(again);
  expect(one).not.toEqual(other);
  const share = one.filter((status) => status === 500).length / 200;
  expect(share).toBeGreaterThan(0.2);
  expect(share).toBeLessThan(0.4);
});

test('a wrong behaviour is refused and changes nothing', async () => {
  await expect(control.configure({ errorMix: { nonsense: 1 } })).rejects.toThrow(/known faults/);
  await expect(control.configure({ latency: 5 } as never)).rejects.toThrow(/latency/);
});

test('latency passes before the answer', async () => {
  const took = async (content: string) => {
    const startedAt = performance.now();
    await ask(content);
    return performance.now() - startedAt;
  };
  expect(await took('[stand-in: latency-ms=120] x')).toBeGreaterThanOrEqual(118);
  await control.configure({ latencyMs: 80 });
  expect(await took('x')).toBeGreaterThanOrEqual(78);
});
