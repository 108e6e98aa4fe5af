import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { PipelineProcess } from '../../dev/stack/pipeline-process.ts';
import { freePort } from '../../dev/stack/free-port.ts';
import { headerText } from '../support/followed-topic.ts';
import { openPipelineBed, type PipelineBed } from '../support/pipeline-bed.ts';
import { readableJson } from '../support/readable-json.ts';
import { waitUntil } from '../../dev/wait-until.ts';

jest.setTimeout(120_000);

/** Of no shape that a pattern knows. */
const API_KEY = `canary${randomBytes(8).toString('hex')}`;
/** Whatever can be logged, is; the `openai` package would print whole requests. */
const TALKATIVE = { LOG_LEVEL: 'trace', OPENAI_LOG: 'debug', DEBUG: '*' };

const summarize = (id: string, text: string) => ({
  value: JSON.stringify({ id, type: 'summarize', payload: { text } }),
});

/** A provider that tells everybody which key it was called with, as some do. */
async function startTattler(): Promise<{ url: string; close: () => void }> {
  const server: Server = createServer((request, response) => {
    const { authorization = '' } = request.headers;
    let body = '';
    request.on('data', (chunk: Buffer) => (body += chunk.toString()));
    request.on('end', () => {
      const [status] = [401, 400].filter((code) => body.includes(`answer ${String(code)}`));
      const message = `Incorrect API key provided: ${authorization}. It was ${authorization.replace('Bearer ', '')}`;
      const said = body.includes('answer no')
        ? { content: null, refusal: message }
        : { content: '{"summary":"Fine."}' };
      const answer =
        status === undefined
          ? { choices: [{ finish_reason: 'stop', message: { role: 'assistant', ...said } }] }
          : { error: { message, type: authorization, code: authorization, param: authorization } };
      response.writeHead(status ?? 200, { 'content-type': 'application/json', 'x-your-key': authorization });
      response.end(JSON.stringify({ model: 'm', usage: { prompt_tokens: 1, completion_tokens: 1 }, ...answer }));
    });
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${String(port)}/v1`, close: () => void server.close() };
}

/** Everything that a process shows of itself. */
async function shownBy({ pid, logFile, metricsUrl }: PipelineProcess): Promise<Record<string, string>> {
  return {
    log: readFileSync(logFile, 'utf8'),
    metrics: await (await fetch(metricsUrl)).text(),
    readiness: await (await fetch(metricsUrl.replace(/metrics$/, 'readyz'))).text(),
    commandLine: readFileSync(`/proc/${String(pid)}/cmdline`, 'utf8'),
  };
}

/** The histories of all workflows, and where the open ones stand; bytes as the text that they are. */
async function storedIn({ client }: PipelineBed): Promise<string> {
  const { namespace } = client.options;
  const stored: object[] = [];
  for await (const { workflowId, runId } of client.workflow.list()) {
    const execution = { workflowId, runId };
    stored.push(await client.workflow.getHandle(workflowId, runId).fetchHistory());
    stored.push(await client.workflowService.describeWorkflowExecution({ namespace, execution }));
  }
  return readableJson(JSON.stringify(stored));
}

test('an API key that the provider repeats is in no log, history, result, dead letter, metric or process list', async () => {
  const tattler = await startTattler();
  const env = { ...TALKATIVE, OPENAI_BASE_URL: tattler.url, OPENAI_API_KEY: API_KEY };
  const bed = await openPipelineBed('secrets', { env });
  try {
    const pipeline = await bed.start('main.js');
    const refused = await bed.send(summarize('refused', 'Please answer 400.'));
    const deadLetter = await bed.deadLetterOf(refused);
    expect(headerText(deadLetter, 'dead-letter-failure-message')).toContain('[secret]');
    const declined = await bed.deadLetterOf(await bed.send(summarize('declined', 'Please answer no.')));
    expect(headerText(declined, 'dead-letter-failure-type')).toBe('Provider.Refused');
    await bed.send(summarize('fine', 'A text.'));
    const result = await bed.resultOf('fine');
    await bed.send(summarize('unauthorized', 'Please answer 401.'));
    const stored = await waitUntil('the failure of the third message', async () => {
      const text = await storedIn(bed);
      return text.includes('Provider.Authentication') ? text : undefined;
    });
    const published = [deadLetter, declined, result].map(
      ({ value, headers }) => `${String(value)} ${JSON.stringify(Object.entries(headers).map(String))}`,
    );
    const shown = await shownBy(pipeline);
    // The search finds what is there.
    expect(stored).toContain('Please answer 401.');
    expect(shown['log']).toContain('"level":30');
    for (const [place, text] of Object.entries({ ...shown, stored, published: published.join('\n') })) {
      expect({ place, leaks: text.includes(API_KEY) }).toEqual({ place, leaks: false });
    }
    expect(shown['log']).not.toContain('Please answer');
  } finally {
    await bed.close();
    tattler.close();
  }
});

test('the keys of payloads and the token of the codec server are nowhere, either', async () => {
  const [secret, token] = [randomBytes(32), `canary${randomBytes(8).toString('hex')}`];
  const env = { ...TALKATIVE, PAYLOAD_KEYS: `one:${secret.toString('base64')}` };
  const bed = await openPipelineBed('payload-keys', { env });
  try {
    const port = String(await freePort());
    const processes = [
      await bed.start('main.js'),
      await bed.start('codec-server/main.js', { env: { CODEC_SERVER_PORT: port, CODEC_SERVER_TOKEN: token } }),
    ];
    await bed.send(summarize('kept', 'A text.'));
    await bed.resultOf('kept');
    await bed.ended(1);
    const codecUrl = `http://127.0.0.1:${port}/decode`;
    expect(
      (await fetch(codecUrl, { method: 'POST', body: '{}', headers: { authorization: `Bearer ${token}` } })).status,
    ).toBe(200);
    const places = [{ stored: await storedIn(bed) }, ...(await Promise.all(processes.map(shownBy)))];
    for (const [place, text] of places.flatMap((shown) => Object.entries<string>(shown))) {
      for (const canary of [secret.toString('base64'), secret.toString('hex'), secret.toString('latin1'), token]) {
        expect({ place, leaks: text.includes(canary) }).toEqual({ place, leaks: false });
      }
    }
  } finally {
    await bed.close();
  }
});
