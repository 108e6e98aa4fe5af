import { mkdtempSync, rmSync } from 'node:fs';
import { readdir, readFile, rename, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { ResultMessage } from '../../contracts/pipeline.ts';
import type { PipelineProcess } from '../../dev/stack/pipeline-process.ts';
import { headerText } from '../support/followed-topic.ts';
import { openPipelineBed, type PipelineBed } from '../support/pipeline-bed.ts';
import { waitUntil } from '../../dev/wait-until.ts';

jest.setTimeout(240_000);

const MB = 1024 * 1024;
const WAIT = { timeoutMs: 120_000 };
let bed: PipelineBed;
let folder: string;
let bridge: PipelineProcess;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'large-test-'));
  bed = await openPipelineBed('large', { partitions: 2 });
  bridge = await bed.start('bridge/main.js', { env: blobStore() });
  await bed.start('workers/main.js', { env: blobStore() });
});
afterAll(async () => {
  await bed.close();
  rmSync(folder, { recursive: true });
});

const blobStore = () => ({ BLOB_STORE_URL: pathToFileURL(join(folder, 'blobs')).href });
/** Never the same for two messages. */
const words = (id: string, bytes: number) =>
  `About ${id}. All work and no play makes Jack a dull boy. `.repeat(bytes / 50);
const summarize = (id: string, bytes: number, text = words(id, bytes)) => ({
  value: JSON.stringify({ id, type: 'summarize', payload: { text } }),
});
const runOf = (id: string) => bed.client.workflow.getHandle(`message:${bed.topics.input}:${id}`);

it('a message of 5 MB is answered, and Temporal holds next to nothing of it', async () => {
  await bed.send(summarize('large', 5 * MB));
  await bed.resultOf('large', WAIT);
  const [call] = (await bed.standIn.calls()).slice(-1);
  expect(call?.inputTokens).toBeGreaterThan(MB);
  await runOf('large').result();
  const { raw } = await runOf('large').describe();
  expect(Number(raw.workflowExecutionInfo?.historySizeBytes)).toBeLessThan(20_000);
});

it('an answer of 3 MB goes out whole', async () => {
  const values = { text: words('filled', 3 * MB) };
  await bed.send({
    value: JSON.stringify({ id: 'filled', type: 'template', payload: { template: '{{text}}', values } }),
  });
  const result = await bed.resultOf('filled', WAIT);
  expect((JSON.parse(String(result.value)) as ResultMessage).output).toEqual(values);
});

it('the dead letter of a large message is its record byte for byte', async () => {
  const value = Buffer.from(JSON.stringify({ id: 'bad', type: 'summarize', payload: { txt: words('bad', 5 * MB) } }));
  const letter = await bed.deadLetterOf(await bed.send({ value }));
  expect(headerText(letter, 'dead-letter-failure-type')).toBe('Message.Invalid');
  expect(letter.value?.equals(value)).toBe(true);
});

it('a large message is known again, and another one under its id is a dead letter', async () => {
  await bed.send(summarize('twice', MB));
  await bed.resultOf('twice', WAIT);
  await bed.send(summarize('twice', MB));
  const letter = await bed.deadLetterOf(await bed.send(summarize('twice', MB + 100)));
  expect(headerText(letter, 'dead-letter-failure-type')).toBe('Message.IdConflict');
  expect(bed.results.records.filter((record) => headerText(record, 'message-id') === 'twice')).toHaveLength(1);
});

it('without its blob store the bridge waits, says so, and loses nothing', async () => {
  const [there, away] = [join(folder, 'blobs'), join(folder, 'away')];
  const before = bed.deadLetters.records.length;
  await rename(there, away);
  await writeFile(there, 'no folder');
  await bed.send(summarize('waits', MB));
  await waitUntil(
    'the bridge to say so',
    async () => {
      const answer = await fetch(bridge.metricsUrl.replace('/metrics', '/readyz'));
      return answer.status === 503 && (await answer.text()).includes('The blob store fails');
    },
    { timeoutMs: 60_000 },
  );
  rmSync(there);
  await rename(away, there);
  await bed.resultOf('waits', WAIT);
  expect(bed.deadLetters.records).toHaveLength(before);
});

it('an altered blob is never used: the message waits, names it, and goes on when it is mended', async () => {
  const text = `${words('altered', MB)} [stand-in: 503 retry-after=2 times=2]`;
  const known = new Set(await allBlobs());
  await bed.send(summarize('altered', MB, text));
  // The prompt is stored, and its call refused for now.
  await waitUntil('the refused call', async () => (await bed.standIn.calls()).some(({ fault }) => fault === '503'));
  const mine = (await allBlobs()).filter((path) => !known.has(path));
  const contents = await Promise.all(mine.map((path) => readFile(path)));
  for (const path of mine) await writeFile(path, 'altered');
  await waitUntil(
    'the run to say so',
    async () => {
      const { raw } = await runOf('altered').describe();
      const failures = (raw.pendingActivities ?? []).map(({ lastFailure }) => lastFailure?.message ?? '');
      return failures.some((message) => /blob 20\S+ in the folder .* was altered/.test(message));
    },
    { timeoutMs: 60_000 },
  );
  expect(bed.results.records.some((record) => headerText(record, 'message-id') === 'altered')).toBe(false);
  for (const [index, path] of mine.entries()) await writeFile(path, contents[index] ?? '');
  await bed.resultOf('altered', WAIT);
});

async function allBlobs(): Promise<string[]> {
  const found = await readdir(join(folder, 'blobs'), { recursive: true, withFileTypes: true });
  return found.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
}
