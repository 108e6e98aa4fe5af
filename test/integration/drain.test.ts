import { readFileSync } from 'node:fs';
import { startPipelineProcess, type PipelineProcess } from '../../dev/stack/pipeline-process.ts';
import { expectOneResultEach, numbered, takeAccount } from '../support/accounting.ts';
import { openPipelineBed, type PipelineBed } from '../support/pipeline-bed.ts';
import { waitUntil } from '../../dev/wait-until.ts';

jest.setTimeout(120_000);

let bed: PipelineBed;
beforeAll(async () => {
  bed = await openPipelineBed('drain', { standIn: { latencyMs: 1_000 } });
});
afterAll(() => bed.close());

const logOf = ({ logFile }: PipelineProcess) => readFileSync(logFile, 'utf8');

it('SIGTERM under load: exit code 0 within 45 s, every call finished, and a restart does the rest', async () => {
  const { ids, records } = numbered('m', 60);
  const env = { MAX_OPEN_WORKFLOWS: '30', LLM_MAX_CONCURRENCY: '8' };
  const first = await bed.start('main.js', { env });
  await bed.sendAll(records);
  await waitUntil('some results', () => bed.results.records.length >= 5, { timeoutMs: 30_000 });
  await waitUntil('calls under way', async () => (await bed.standIn.stats()).inFlight > 0);

  const askedAt = Date.now();
  const stopping = first.stop();
  await waitUntil('the drain', () => logOf(first).includes('"asked to stop"'), { everyMs: 5 });
  // Orchestrators and impatient people ask twice; the drain goes on all the same.
  process.kill(first.pid, 'SIGTERM');
  expect(await stopping).toBe(0);
  expect(Date.now() - askedAt).toBeLessThan(45_000);
  expect(logOf(first)).toContain('"already draining"');
  expect(bed.results.records.length).toBeLessThan(ids.length);

  await bed.start('main.js', { env });
  await bed.ended(ids.length);
  const account = await takeAccount(bed);
  expectOneResultEach(account, ids);
  // Nothing was torn off: no message was called or published a second time.
  expect([...account.calls.values()].filter((calls) => calls.length > 1)).toEqual([]);
  expect([...account.results.values()].filter((repeats) => repeats.length > 1)).toEqual([]);
});

describe('a process that cannot start', () => {
  async function failToStart(env: Record<string, string>) {
    const process = await startPipelineProcess({ entry: 'main.js', env: { ...bed.env, ...env } });
    const { code } = await process.exited;
    return { code, log: logOf(process) };
  }
  const fatalLine = (log: string) => {
    const lines = log.split('\n').filter((line) => line.includes('"stopping because of a failure"'));
    expect(lines).toHaveLength(1);
    return JSON.parse(lines[0] ?? '') as { exitCode: number; err: { message: string } };
  };

  it('exits 78 for its configuration and names every problem', async () => {
    const { code, log } = await failToStart({
      ...{ KAFKA_OUTPUT_TOPIC: 'not a topic', LLM_MAX_CONCURRENCY: 'many', EXAMPLES_REFRESH_INTERVAL: '5' },
      WORKER_ROLE: 'chef',
    });
    expect(code).toBe(78);
    for (const name of ['KAFKA_OUTPUT_TOPIC', 'LLM_MAX_CONCURRENCY', 'EXAMPLES_REFRESH_INTERVAL', 'WORKER_ROLE']) {
      expect(log).toMatch(new RegExp(`^  ${name}: must be`, 'm'));
    }
  });

  it('exits 75 for a topic that is not there, with a sentence that names it', async () => {
    const { code, log } = await failToStart({ KAFKA_INPUT_TOPICS: 'no-such-topic' });
    expect(code).toBe(75);
    expect(fatalLine(log)).toMatchObject({
      exitCode: 75,
      err: { message: expect.stringMatching(/^The Kafka topic "no-such-topic" cannot be found/) as string },
    });
  });

  it.each([
    { what: 'Temporal', variable: 'TEMPORAL_ADDRESS' },
    { what: 'Kafka', variable: 'KAFKA_BROKERS' },
  ])('exits 75 when $what does not answer, with a sentence that says where', async ({ what, variable }) => {
    // Port 1 is reserved, and nothing listens there.
    const { code, log } = await failToStart({ [variable]: '127.0.0.1:1' });
    expect(code).toBe(75);
    expect(fatalLine(log).err.message).toMatch(new RegExp(`^${what} does not answer.*127\\.0\\.0\\.1:1.*${variable}`));
  });
});
