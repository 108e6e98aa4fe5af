import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { CompletionRequest } from '../../../contracts/completion.ts';
import { createStandInClient, type StandInBehaviour } from '../../../dev/standin/client.ts';
import { startStandIn, type StandIn } from '../../../dev/standin/start-standin.ts';
import { readResultFile } from '../../../providers/batch-lines.ts';
import { createOpenAiBatchProvider } from '../../../providers/openai-batch-provider.ts';
import { ProviderError } from '../../../providers/provider.ts';
import { waitUntil } from '../../../dev/wait-until.ts';

const { signal } = new AbortController();
const longAgo = 0;
const requestFor = (text: string): CompletionRequest => ({
  messages: [{ role: 'user', content: `Summarise.\n<text>\n${text}\n</text>` }],
  maxOutputTokens: 100,
});

const open: Pick<StandIn, 'close'>[] = [];
afterEach(() => Promise.all(open.splice(0).map((standIn) => standIn.close())));

async function setup(batch: StandInBehaviour['batch'] = {}) {
  const standIn = await startStandIn({ behaviour: { batch: { durationMs: 10, ...batch } } });
  open.push(standIn);
  const provider = createOpenAiBatchProvider({ apiKey: 'own-key-1', baseUrl: standIn.url, model: 'gpt-test' });
  return {
    provider,
    standIn: createStandInClient(standIn.url),
    upload: (texts: Readonly<Record<string, string>>) =>
      provider.upload(
        Object.entries(texts).map(([id, text]) => provider.toLine(id, requestFor(text))),
        signal,
      ),
    end: async (batchId: string) => {
      const state = await waitUntil('the end of the batch', async () => {
        const now = await provider.state(batchId, signal);
        return now.hasEnded && now;
      });
      return { state, answers: await provider.answers(state, signal) };
    },
  };
}

/** A server that answers every request with this, or, without it, that there is nothing. */
async function aServer(body: unknown, more: { get?: unknown } = {}) {
  const server = createServer((request, response) => {
    const answer = request.method === 'GET' && 'get' in more ? more.get : body;
    response
      .writeHead(answer === undefined ? 404 : 200, { 'content-type': 'application/json' })
      .end(JSON.stringify(answer ?? {}));
    request.resume();
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  open.push({
    close: async () => {
      server.close();
      server.closeAllConnections();
    },
  });
  const { port } = server.address() as AddressInfo;
  return { provider: createOpenAiBatchProvider({ baseUrl: `http://127.0.0.1:${String(port)}/v1`, model: 'm' }) };
}

const failureOf = (run: Promise<unknown>) =>
  run.then(
    () => undefined,
    (error: unknown) => error,
  );

test('each line is answered or has its own error, in the words that a single call would have had', async () => {
  const { provider, upload, end, standIn } = await setup();
  const texts = {
    good: 'Grüße. Two sentences.',
    bad: '[stand-in: 400]',
    refused: '[stand-in: refusal]',
    down: '[stand-in: 503]',
  };
  const { state, answers } = await end(await provider.create(await upload(texts), signal));
  expect(state).toMatchObject({ description: 'completed: 2 of 4 answered', answeredNothing: false, refused: false });
  expect(answers.get('good')).toMatchObject({
    kind: 'completion',
    completion: { text: 'Grüße. Two sentences.', finishReason: 'stop', usage: { inputTokens: 12, outputTokens: 6 } },
  });
  expect(answers.get('refused')).toMatchObject({
    kind: 'completion',
    completion: { refusal: expect.stringContaining('sorry') as string },
  });
  expect(answers.get('bad')).toMatchObject({ kind: 'error', error: { kind: 'bad-request', maybePaid: false } });
  expect(answers.get('down')).toMatchObject({ kind: 'error', error: { kind: 'overloaded' } });
  expect((await standIn.calls()).map(({ batch, requestId }) => [batch, requestId])).toEqual(
    Object.keys(texts).map((id) => [true, id]),
  );
});

test('a line that is a refusal quotes no key', () => {
  const message = { content: null, refusal: 'Not for own-key-1.' };
  const response = { status_code: 200, body: { choices: [{ finish_reason: 'stop', message }] } };
  const line = JSON.stringify({ custom_id: 'refused', response, error: null });
  expect(readResultFile(line, { model: 'm', secret: 'own-key-1', now: 0 })).toMatchObject([
    ['refused', { kind: 'completion', completion: { refusal: 'Not for [secret].' } }],
  ]);
});

test('lines of a batch that expired before it came to them were not run', async () => {
  const { provider, upload, end } = await setup({ ends: 'expired', answeredShare: 0.5 });
  const { state, answers } = await end(await provider.create(await upload({ first: 'one', second: 'two' }), signal));
  expect(state.description).toBe('expired: 1 of 2 answered');
  expect(answers.get('first')).toMatchObject({ kind: 'completion' });
  expect(answers.get('second')).toEqual({
    kind: 'not-run',
    because: expect.stringContaining('batch_expired') as string,
  });
});

test('a batch whose file was refused has ended without answers, and says why', async () => {
  const { provider, upload, end } = await setup({ ends: 'failed' });
  const { state, answers } = await end(await provider.create(await upload({ only: 'one' }), signal));
  expect(state).toMatchObject({
    description: 'failed: 0 of 0 answered; told_to_fail: The batch had to fail.',
    ...{ answeredNothing: true, refused: true },
  });
  expect(answers.size).toBe(0);
});

test.each([
  ['completed without a count', undefined, false],
  ['completed with a count that nobody kept', { total: 0, completed: 0, failed: 0 }, false],
  ['completed with failed lines only', { total: 2, completed: 0, failed: 2 }, true],
  ['completed with an answer', { total: 2, completed: 1, failed: 1 }, false],
] as const)('a batch that %s', async (_, counts, answeredNothing) => {
  const { provider } = await aServer({ id: 'b', status: 'completed', request_counts: counts });
  expect(await provider.state('b', signal)).toMatchObject({ hasEnded: true, answeredNothing });
});

describe('an uploaded file', () => {
  test('of which no batch can be made yet is waited for', async () => {
    const { provider, upload, end } = await setup({ fileProcessingMs: 1_000 });
    const { answers } = await end(await provider.create(await upload({ only: 'one' }), signal));
    expect(answers.get('only')).toMatchObject({ kind: 'completion' });
  });

  test('that the provider cannot use says so', async () => {
    const { upload } = await setup({ fileProcessingMs: 300, fileFails: true });
    expect(await failureOf(upload({ only: 'one' }))).toMatchObject({
      ...{ kind: 'bad-request', maybePaid: false },
      message: 'the provider cannot use the file: The file had to fail.',
    });
  });

  test.each([
    ['says nothing of its state', [{ id: 'f' }]],
    ['names a state that nobody knows', [{ id: 'f', status: 'filed' }]],
    ['does not show its files', [{ id: 'f', status: 'pending' }, { get: undefined }]],
  ] as const)('is used as it is where the server %s', async (_, [body, more]) => {
    const { provider } = await aServer(body, more);
    expect(await provider.upload(['{}'], signal)).toBe('f');
  });
});

test('a batch is found by its input file, however many came after it, and none is where none was made', async () => {
  const { provider, upload } = await setup();
  const [used, unused] = [await upload({ a: 'one' }), await upload({ a: 'one' })];
  const batchId = await provider.create(used, signal);
  const later = await upload({ b: 'two' });
  for (let count = 0; count < 120; count += 1) await provider.create(later, signal);
  expect(await provider.find(used, longAgo, signal)).toBe(batchId);
  expect(await provider.find(unused, longAgo, signal)).toBeUndefined();
});

test('a cancelled batch ends, and cancelling one that has ended changes nothing', async () => {
  const { provider, upload, end } = await setup({ durationMs: 60_000 });
  const batchId = await provider.create(await upload({ only: 'one' }), signal);
  await provider.cancel(batchId, signal);
  const { state, answers } = await end(batchId);
  expect(state).toMatchObject({ description: 'cancelled: 0 of 1 answered', answeredNothing: true });
  expect(answers.get('only')).toMatchObject({ kind: 'not-run' });
  await expect(provider.cancel(batchId, signal)).resolves.toBeUndefined();
});

test('a server without a Batch API is the world’s fault, and the message says what is missing', async () => {
  const standIn = await startStandIn();
  open.push(standIn);
  const provider = createOpenAiBatchProvider({ baseUrl: standIn.url.replace('/v1', '/other'), model: 'm' });
  const error = await failureOf(provider.upload([provider.toLine('a', requestFor('one'))], signal));
  expect(error).toBeInstanceOf(ProviderError);
  expect(error).toMatchObject({ kind: 'model-not-found', message: expect.stringContaining('Batch API') as string });
});

test('aborting ends the call with the reason', async () => {
  const { provider, upload } = await setup({ beforeCreationMs: 60_000 });
  const inputId = await upload({ a: 'one' });
  const abort = new AbortController();
  const created = failureOf(provider.create(inputId, abort.signal));
  abort.abort(new Error('enough'));
  expect(await created).toEqual(new Error('enough'));
});
