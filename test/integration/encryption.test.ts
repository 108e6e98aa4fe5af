import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { freePort } from '../../dev/stack/free-port.ts';
import { findProjectRoot } from '../../dev/stack/project-root.ts';
import { findTemporalExecutable } from '../../dev/stack/temporal-executable.ts';
import { openPipelineBed, type PipelineBed } from '../support/pipeline-bed.ts';
import { readableJson } from '../support/readable-json.ts';
import { runProgram } from '../support/run-program.ts';
import { waitUntil } from '../../dev/wait-until.ts';

jest.setTimeout(180_000);

const aKey = (id: string) => `${id}:${randomBytes(32).toString('base64')}`;
const [OLD, NEW, FOREIGN] = [aKey('old'), aKey('new'), aKey('foreign')];
const summarize = (id: string, text: string) => ({
  value: JSON.stringify({ id, type: 'summarize', payload: { text }, metadata: { note: 'canary-metadata' } }),
  headers: { 'x-note': 'canary-header' },
});

/** Search attributes, and what the SDK itself notes about a local activity: its name, its attempt, its times. */
const ALWAYS_IN_CLEAR = /searchAttributes|markerRecordedEventAttributes\.details\.data/;

function placesInClear(value: unknown, path = ''): string[] {
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return [];
  const { encoding } = ((value as { metadata?: unknown }).metadata ?? {}) as { encoding?: Uint8Array };
  if (encoding instanceof Uint8Array) {
    const isOpen = Buffer.from(encoding).toString() !== 'binary/encrypted';
    return isOpen && !ALWAYS_IN_CLEAR.test(path) ? [path] : [];
  }
  return Object.entries(value).flatMap(([name, part]) =>
    placesInClear(part, Array.isArray(value) ? path : `${path}.${name}`),
  );
}

describe('an encrypted run', () => {
  let bed: PipelineBed;
  let codecEndpoint: string;
  let temporalCli: string;

  beforeAll(async () => {
    temporalCli = await findTemporalExecutable(() => undefined);
    bed = await openPipelineBed('encrypted', { env: { PAYLOAD_KEYS: OLD } });
    await bed.start('main.js');
    const port = String(await freePort());
    await bed.start('codec-server/main.js', { env: { CODEC_SERVER_PORT: port, CODEC_SERVER_TOKEN: 'open' } });
    codecEndpoint = `http://127.0.0.1:${port}`;
  });
  afterAll(() => bed.close());

  const temporal = async (...args: string[]) => {
    const { env } = bed;
    const where = ['--address', env['TEMPORAL_ADDRESS'] ?? '', '--namespace', env['TEMPORAL_NAMESPACE'] ?? ''];
    const { code, stdout, stderr } = await runProgram(temporalCli, ['workflow', ...args, ...where, '--output', 'json']);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    return stdout;
  };
  const throughCodecServer = () => ['--codec-endpoint', codecEndpoint, '--codec-auth', 'Bearer open'];
  const ctlShow = async (id: string) => {
    const ctl = join(findProjectRoot(), 'dist/ctl/main.js');
    return (await runProgram(process.execPath, [ctl, 'show', id], bed.env)).stdout;
  };
  const idOf = (id: string) => ['--workflow-id', `message:${bed.topics.input}:${id}`];

  test('shows nothing of a message in its history without the codec server, and all of it with it', async () => {
    await bed.send(summarize('done', 'The canary-text sings. It sings every morning.'));
    const result = await bed.resultOf('done');
    await bed.ended(1);
    expect(String(result.value)).toContain('canary-text sings');

    const closed = readableJson(await temporal('show', ...idOf('done')));
    expect(closed).toContain('binary/encrypted');
    expect(closed).not.toContain('canary');

    const opened = readableJson(await temporal('show', ...idOf('done'), ...throughCodecServer()));
    // Input with its headers and metadata, prompt, answer.
    for (const part of ['canary-text', 'canary-header', 'canary-metadata', '<text>']) expect(opened).toContain(part);
  });

  test('keeps the words of a failure from the history, too, and shows them to operators who have the key', async () => {
    const source = await bed.send({
      value: JSON.stringify({ id: 'bad', type: 'summarize', payload: { text: 'A text.', 'canary-field': 1 } }),
    });
    await bed.deadLetterOf(source);
    await waitUntil('the run to end', async () => /failure +.*canary-field/.test(await ctlShow('bad')), {
      timeoutMs: 30_000,
    });
    const closed = readableJson(await temporal('show', ...idOf('bad')));
    expect(closed).toContain('Encoded failure');
    expect(closed).not.toContain('canary');
    expect(readableJson(await temporal('show', ...idOf('bad'), ...throughCodecServer()))).toContain('canary-field');
  });

  test('leaves no payload of any workflow in clear, but those that Temporal searches by', async () => {
    const types = new Set<string>();
    const inClear = new Set<string>();
    for await (const { workflowId, runId, type } of bed.client.workflow.list()) {
      types.add(type);
      const history = await bed.client.workflow.getHandle(workflowId, runId).fetchHistory();
      for (const place of placesInClear(history)) inClear.add(place);
    }
    expect([...types]).toEqual(expect.arrayContaining(['processMessage', 'rateBudget']));
    expect([...inClear]).toEqual([]);
  });

  test('shows operators where an open message stands', async () => {
    await bed.send(summarize('waits', 'Wait. [stand-in: 503 times=9 retry-after=200]'));
    const shown = await waitUntil(
      'the failure of the first call',
      async () => {
        const text = await ctlShow('waits');
        return /Provider\.\w+: \w+/.test(text) && /waiting for the provider/.test(text) ? text : undefined;
      },
      { timeoutMs: 60_000 },
    );
    expect(shown).not.toContain('Encoded failure');
    expect(readableJson(await temporal('describe', ...idOf('waits')))).toContain('Encoded failure');
  });
});

test('a worker without the key leaves messages waiting, and they end when one comes that has it; a new key goes first', async () => {
  const bed = await openPipelineBed('rotated', { env: { PAYLOAD_KEYS: OLD } });
  try {
    await bed.start('bridge/main.js');
    await bed.send(summarize('early', 'Written with the old key. It is read by the new worker.'));
    const stranger = await bed.start('workers/main.js', { env: { PAYLOAD_KEYS: FOREIGN } });
    await waitUntil(
      'the worker to say which key it lacks',
      () => /with the key \\?"old\\?"/.test(readFileSync(stranger.logFile, 'utf8')),
      {
        timeoutMs: 30_000,
      },
    );
    await stranger.stop();
    await bed.start('workers/main.js', { env: { PAYLOAD_KEYS: `${NEW},${OLD}` } });
    expect(String((await bed.resultOf('early', { timeoutMs: 90_000 })).value)).toContain('old key');
  } finally {
    await bed.close();
  }
});
