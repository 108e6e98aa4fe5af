import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type RequestListener, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib';
import type { CompletionRequest } from '../../../contracts/completion.ts';
import { createOpenAiProvider, type OpenAiProviderOptions } from '../../../providers/openai-provider.ts';
import type { CallProgress, CompletionCall } from '../../../providers/provider.ts';
import { createProvider } from '../../../providers/provider-factory.ts';

const request: CompletionRequest = { messages: [{ role: 'user', content: 'Grüße' }], maxOutputTokens: 50 };
const aCall = (overrides: Partial<CompletionCall> = {}): CompletionCall => ({
  signal: new AbortController().signal,
  timeoutMs: 10_000,
  requestId: 'abc/1',
  ...overrides,
});
const answer = {
  model: 'gpt-test-2026',
  choices: [{ finish_reason: 'stop', message: { role: 'assistant', content: 'Hallo' } }],
  usage: { prompt_tokens: 7, completion_tokens: 2 },
};

/** By its source, so that a later version's are among them. */
const PACKAGE_VARIABLES = Array.from(
  readFileSync(require.resolve('openai/client'), 'utf8').matchAll(/readEnv\)\('(\w+)'\)/g),
  ([, name = '']) => name,
);

async function withVariables(value: string, run: () => Promise<void>): Promise<void> {
  const before = { ...process.env };
  for (const name of PACKAGE_VARIABLES) process.env[name] = value;
  try {
    await run();
    for (const name of PACKAGE_VARIABLES) expect(process.env[name]).toBe(value);
  } finally {
    for (const name of PACKAGE_VARIABLES) Reflect.deleteProperty(process.env, name);
    Object.assign(process.env, before);
  }
}

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});

interface Seen {
  readonly url: string | undefined;
  readonly headers: IncomingMessage['headers'];
  readonly body: Record<string, unknown>;
  readonly socket: Socket;
}

/** A server on a free port of 127.0.0.1 that answers every call with `handle`, once the whole request is there. */
async function serve(handle: RequestListener, options: Partial<OpenAiProviderOptions> = {}) {
  const seen: Seen[] = [];
  const server = createServer((incoming, response) => {
    const chunks: Buffer[] = [];
    incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
    incoming.on('end', () => {
      const body = JSON.parse(Buffer.concat(chunks).toString()) as Record<string, unknown>;
      seen.push({ url: incoming.url, headers: incoming.headers, body, socket: incoming.socket });
      handle(incoming, response);
      server.emit('seen');
    });
  });
  servers.push(server);
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const origin = `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`;
  const provider = createOpenAiProvider({
    apiKey: 'own-key-1',
    baseUrl: `${origin}/v1`,
    model: 'gpt-test',
    ...options,
  });
  return {
    seen,
    origin,
    provider,
    complete: (call = aCall(), asked = request) => provider.complete(asked, call),
    server,
  };
}

const json =
  (body: unknown, status = 200, headers: Record<string, string> = {}): RequestListener =>
  (_, response) => {
    response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body));
  };
const choice = (message: unknown, finish_reason: string | null = 'stop') =>
  json({ ...answer, choices: [{ finish_reason, message }] });
const compressed =
  (bytes: Buffer): RequestListener =>
  (_, response) => {
    response.writeHead(200, { 'content-type': 'application/json', 'content-encoding': 'gzip' }).end(bytes);
  };

describe('a call', () => {
  it('is one Chat Completions request, and its answer in our words', async () => {
    const { complete, seen } = await serve(json(answer));
    await expect(complete()).resolves.toEqual({
      text: 'Hallo',
      finishReason: 'stop',
      model: 'gpt-test-2026',
      usage: { inputTokens: 7, outputTokens: 2 },
    });
    expect(seen).toHaveLength(1);
    expect(seen[0]?.url).toBe('/v1/chat/completions');
    expect(seen[0]?.body).toEqual({
      model: 'gpt-test',
      messages: [{ role: 'user', content: 'Grüße' }],
      max_tokens: 50,
    });
    expect(seen[0]?.headers).toMatchObject({ authorization: 'Bearer own-key-1', 'x-client-request-id': 'abc/1' });
  });

  it('asks for structured output, strictly where the schema allows it', async () => {
    const { complete, seen } = await serve(json(answer));
    const schema = { type: 'object', properties: {}, required: [], additionalProperties: false };
    await complete(aCall(), { ...request, temperature: 0, responseFormat: { name: 'label', schema } });
    await complete(aCall(), { ...request, responseFormat: { name: 'label', schema: { type: 'object' } } });
    expect(seen[0]?.body).toMatchObject({
      temperature: 0,
      response_format: { type: 'json_schema', json_schema: { name: 'label', strict: true, schema } },
    });
    expect(seen[1]?.body).toMatchObject({ response_format: { json_schema: { strict: false } } });
  });

  it('sends no Authorization without a key, keeps a query of the base URL, and makes any id fit a header', async () => {
    const { origin, seen } = await serve(json(answer));
    const baseUrl = `${origin}/openai/v1/?api-version=preview`;
    const provider = createProvider({ name: 'main', kind: 'openai', baseUrl, model: 'm' });
    await provider.complete(request, aCall({ requestId: `ü\r\nX-Evil: 1${'x'.repeat(600)}` }));
    expect(seen[0]?.url).toBe('/openai/v1/chat/completions?api-version=preview');
    expect(seen[0]?.headers).not.toHaveProperty('authorization');
    expect(seen[0]?.headers['x-client-request-id']).toMatch(/^___X-Evil: 1x{500}$/);
  });

  it('takes nothing from the variables that the package reads, and leaves the deadline to us', async () => {
    expect(PACKAGE_VARIABLES).toContain('OPENAI_CUSTOM_HEADERS');
    await withVariables('Authorization: Bearer canary\nX-Canary: canary', async () => {
      const { complete, seen } = await serve(json(answer));
      await complete(aCall({ timeoutMs: 900_000 }));
      expect(JSON.stringify(seen[0]?.headers)).not.toMatch(/canary/i);
      expect(seen[0]?.headers).toMatchObject({ authorization: 'Bearer own-key-1', 'x-stainless-timeout': '960' });
      const withoutKey = await serve(json(answer), { apiKey: undefined });
      await withoutKey.complete();
      expect(withoutKey.seen[0]?.headers).not.toHaveProperty('authorization');
    });
  });

  it('is made, too, where such a variable makes no sense', async () => {
    await withVariables('no name: canary', async () => {
      await expect((await serve(json(answer))).complete()).resolves.toMatchObject({ text: 'Hallo' });
    });
  });

  it('reports the headers and then the growing body', async () => {
    const { complete } = await serve((_, response) => {
      const text = JSON.stringify(answer);
      response.writeHead(200, { 'content-type': 'application/json' });
      response.write(text.slice(0, 20), () => response.end(text.slice(20)));
    });
    const progress: CallProgress[] = [];
    await complete(aCall({ onProgress: (step) => progress.push(step) }));
    expect(progress[0]).toEqual({ phase: 'headers', bytesReceived: 0 });
    expect(progress.at(-1)).toEqual({ phase: 'body', bytesReceived: JSON.stringify(answer).length });
  });
});

describe('an answer', () => {
  it.each([
    ['length', 'length'],
    ['content_filter', 'content_filter'],
    ['model_length', 'length'],
    ['eos', 'stop'],
    [null, 'stop'],
  ])('that finished with %p counts as %s', async (reason, finishReason) => {
    const { complete } = await serve(choice({ content: 'x' }, reason));
    await expect(complete()).resolves.toMatchObject({ text: 'x', finishReason });
  });

  it('may be a refusal, may be filtered, may have spent its tokens on reasoning: then the text is empty', async () => {
    const refused = await serve(choice({ content: null, refusal: 'No.' }));
    await expect(refused.complete()).resolves.toMatchObject({ text: '', refusal: 'No.', finishReason: 'stop' });
    const filtered = await serve(choice({ content: null }, 'content_filter'));
    await expect(filtered.complete()).resolves.toMatchObject({ text: '', finishReason: 'content_filter' });
    const spent = await serve(choice({ content: null }, 'length'));
    await expect(spent.complete()).resolves.toMatchObject({ text: '', finishReason: 'length' });
  });

  it('that is a refusal quotes no key', async () => {
    const { complete } = await serve(choice({ content: null, refusal: 'Not for own-key-1.' }));
    await expect(complete()).resolves.toMatchObject({ refusal: 'Not for [secret].' });
  });

  it('says how much of the input came from the provider’s cache, where the provider says so', async () => {
    const usage = { prompt_tokens: 7, completion_tokens: 2, prompt_tokens_details: { cached_tokens: 4 } };
    const { complete } = await serve(json({ ...answer, usage }));
    await expect(complete()).resolves.toMatchObject({
      usage: { inputTokens: 7, cachedInputTokens: 4, outputTokens: 2 },
    });
    const odd = await serve(json({ ...answer, usage: { ...usage, prompt_tokens_details: { cached_tokens: 'all' } } }));
    expect((await odd.complete()).usage).toEqual({ inputTokens: 7, outputTokens: 2 });
  });

  it('without usage and model counts 0 tokens and names the model asked for', async () => {
    const { complete } = await serve(json({ choices: answer.choices, usage: { prompt_tokens: -1 } }));
    await expect(complete()).resolves.toMatchObject({ model: 'gpt-test', usage: { inputTokens: 0, outputTokens: 0 } });
  });

  it.each<[string, RequestListener]>([
    ['no choices', json({ choices: [] })],
    ['no text', choice({ content: null })],
    ['no message', json({ choices: [{}] })],
    ['parts in place of text', choice({ content: [{ type: 'text', text: 'x' }] })],
    ['an answer broken off', choice({ content: 'half' }, 'error')],
    ['null', json(null)],
    ['text', (_, response) => response.end('Hello')],
    ['half of a compressed text', compressed(gzipSync(JSON.stringify(answer)).subarray(0, 50))],
    ['half of a JSON text', (_, response) => response.setHeader('content-type', 'application/json').end('{"cho')],
    ['no body', (_, response) => response.writeHead(204).end()],
  ])('with %s is malformed and may be paid', async (_, handle) => {
    const { complete } = await serve(handle);
    await expect(complete()).rejects.toMatchObject({ kind: 'malformed-response', maybePaid: true });
  });

  it.each([
    ['gzip', gzipSync],
    ['deflate', deflateSync],
    ['br', brotliCompressSync],
    ['GZIP', gzipSync],
    ['identity', (body: string) => body],
    ['', (body: string) => body],
    ['gzip, identity', gzipSync],
    ['deflate,br', (body: string) => brotliCompressSync(deflateSync(body))],
  ])('that comes as "%s", though not asked for, is read', async (encoding, compress) => {
    const { complete, seen } = await serve((_, response) => {
      response.writeHead(200, { 'content-type': 'application/json', 'content-encoding': encoding });
      response.end(compress(JSON.stringify(answer)));
    });
    await expect(complete()).resolves.toMatchObject({ text: 'Hallo' });
    expect(seen[0]?.headers).not.toHaveProperty('accept-encoding');
  });

  it('that is compressed in two steps, each with a header line of its own, is read', async () => {
    const { complete } = await serve((_, response) => {
      response.setHeader('content-encoding', ['deflate', 'gzip']).setHeader('content-type', 'application/json');
      response.end(gzipSync(deflateSync(JSON.stringify(answer))));
    });
    await expect(complete()).resolves.toMatchObject({ text: 'Hallo' });
  });

  it.each([
    ['zstd', /cannot read the content-encoding "zstd"/],
    ['gzip, zstd', /cannot read the content-encoding "gzip, zstd"/],
    [Array<string>(50).fill('gzip').join(), /cannot read the content-encoding "gzip,gzip/],
    ['gzip', /incorrect header check/],
    ['br', /Decompression failed/],
  ])('that comes as "%s", and is no such thing that can be read, is malformed', async (encoding, problem) => {
    const { complete, seen } = await serve(json(answer, 200, { 'content-encoding': encoding }));
    await expect(complete()).rejects.toMatchObject({
      kind: 'malformed-response',
      maybePaid: true,
      message: expect.stringMatching(problem) as string,
    });
    expect(seen).toHaveLength(1);
  });

  it.each([
    [{ code: 429, message: 'Rate limit exceeded' }, 'rate-limited', 429],
    [{ code: 'rate_limit_exceeded', message: 'Rate limit exceeded' }, 'rate-limited', undefined],
    [{ code: 'server_error', message: 'Sorry about that!' }, 'unavailable', undefined],
    ['the model is loading', 'unavailable', undefined],
  ])('that is the error %j inside a 200 is that error', async (error, kind, status) => {
    const { complete } = await serve(json({ error }));
    const message = typeof error === 'string' ? error : error.message;
    await expect(complete()).rejects.toMatchObject({ kind, status });
    await expect(complete()).rejects.toThrow(message);
  });
});

describe('a failure', () => {
  it('is asked for once, with what the provider says of it, without the key', async () => {
    const error = { message: 'slow; key own-key-1', type: 'requests', code: 'rate_limit_exceeded' };
    const { complete, seen } = await serve(json({ error }, 429, { 'retry-after': '3' }));
    await expect(complete()).rejects.toMatchObject({
      name: 'ProviderError',
      kind: 'rate-limited',
      status: 429,
      retryAfterMs: 3_000,
      maybePaid: false,
      message: 'HTTP 429: slow; key [secret]',
    });
    expect(seen).toHaveLength(1);
  });

  it.each([
    [{ error: { message: 'maximum context length', type: 'BadRequestError', code: 400 } }, 'context-length'],
    [{ object: 'error', message: 'maximum context length', code: 400 }, 'context-length'],
    [{ detail: 'the prompt is too long' }, 'context-length'],
    [{ error: 'invalid model' }, 'model-not-found'],
    [{ error: { message: { nested: 'content filter' } } }, 'content-filtered'],
    [[], 'bad-request'],
  ])('is understood in the shape %j', async (body, kind) => {
    const { complete } = await serve(json(body, 400));
    await expect(complete()).rejects.toMatchObject({ kind, status: 400 });
  });

  it('with an endless body is still what its status says', async () => {
    const { complete } = await serve(
      (_, response) => {
        response.writeHead(503, { 'content-type': 'text/html' }).end('x'.repeat(100_000));
      },
      { maxBodyBytes: 10_000 },
    );
    await expect(complete()).rejects.toMatchObject({ kind: 'unavailable', status: 503 });
  });

  it('in an encoding that cannot be read is still what its status says', async () => {
    const { complete } = await serve(json({ error: {} }, 503, { 'content-encoding': 'zstd' }));
    await expect(complete()).rejects.toMatchObject({ kind: 'unavailable', status: 503 });
  });

  it('to connect is not paid', async () => {
    const { complete, server } = await serve(json(answer));
    await new Promise((resolve) => server.close(resolve));
    await expect(complete()).rejects.toMatchObject({ kind: 'unavailable', status: undefined, maybePaid: false });
  });

  it.each<[string, RequestListener]>([
    ['before the answer', (incoming) => incoming.socket.destroy()],
    [
      'within the answer',
      (incoming, response) => response.writeHead(200).write('{"choices"', () => incoming.socket.destroy()),
    ],
  ])('of the connection %s may be paid', async (_, handle) => {
    const { complete } = await serve(handle);
    await expect(complete()).rejects.toMatchObject({ kind: 'unavailable', status: undefined, maybePaid: true });
  });

  it('is what a redirect counts as: the key goes nowhere else', async () => {
    const elsewhere = await serve(json(answer));
    const { complete } = await serve((_, response) => response.writeHead(307, { location: elsewhere.origin }).end());
    await expect(complete()).rejects.toMatchObject({ kind: 'unavailable', maybePaid: false });
    expect(elsewhere.seen).toEqual([]);
  });

  it('is a body of one byte beyond the bound, and none at it', async () => {
    const body = JSON.stringify(answer);
    const { complete: atBound } = await serve(json(answer), { maxBodyBytes: body.length });
    await atBound();
    const { complete: above } = await serve(json(answer), { maxBodyBytes: body.length - 1 });
    await expect(above()).rejects.toMatchObject({ kind: 'response-too-large' });
  });

  it.each([
    ['plain', (body: string) => body, {}],
    ['compressed', gzipSync, { 'content-encoding': 'gzip' }],
  ])('is a %s body beyond the bound, and the connection is closed', async (_, encode, headers) => {
    const { complete, seen } = await serve(
      (_incoming, response: ServerResponse) => {
        response.writeHead(200, { 'content-type': 'application/json', ...headers });
        response.write(encode(JSON.stringify({ ...answer, padding: 'x'.repeat(1_000_000) })));
      },
      { maxBodyBytes: 100_000 },
    );
    await expect(complete()).rejects.toMatchObject({ kind: 'response-too-large', maybePaid: true });
    await closed(seen[0]!.socket);
  });
});

const closed = (socket: Socket) =>
  new Promise<void>((resolve) => {
    if (socket.destroyed) resolve();
    else
      socket.on('close', () => {
        resolve();
      });
  });
const inTheHeaders: RequestListener = () => undefined;
const inTheBody: RequestListener = (_, response) => void response.writeHead(200).write('{"choices":');

describe.each([
  ['headers', inTheHeaders],
  ['body', inTheBody],
])('a call that hangs in the %s', (_, hang) => {
  it('ends at its deadline as a timeout that may be paid, and closes the connection', async () => {
    const { complete, seen } = await serve(hang);
    await expect(complete(aCall({ timeoutMs: 100 }))).rejects.toMatchObject({
      kind: 'timeout',
      status: undefined,
      maybePaid: true,
    });
    await closed(seen[0]!.socket);
  });

  it('ends with the reason of its signal, and closes the connection', async () => {
    const { complete, seen, server } = await serve(hang);
    const cancel = new AbortController();
    const reason = new Error('cancelled');
    const requestSeen = once(server, 'seen');
    const ended = expect(complete(aCall({ signal: cancel.signal }))).rejects.toBe(reason);
    await requestSeen;
    cancel.abort(reason);
    await ended;
    await closed(seen[0]!.socket);
  });
});

it('a call that is cancelled before it starts sends nothing', async () => {
  const { complete, seen } = await serve(json(answer));
  const reason = new Error('cancelled');
  await expect(complete(aCall({ signal: AbortSignal.abort(reason) }))).rejects.toBe(reason);
  expect(seen).toEqual([]);
});
