import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ResultMessage } from '../../contracts/pipeline.ts';
import type { PipelineProcess } from '../../dev/stack/pipeline-process.ts';
import { createStandInClient, type StandInBehaviour, type StandInClient } from '../../dev/standin/client.ts';
import { startStandIn, type StandIn } from '../../dev/standin/start-standin.ts';
import { expectOneResultEach, numbered, takeAccount } from '../support/accounting.ts';
import { headerText } from '../support/followed-topic.ts';
import { openPipelineBed, type PipelineBed } from '../support/pipeline-bed.ts';
import { waitUntil } from '../../dev/wait-until.ts';

jest.setTimeout(180_000);

/** The first provider is the bed's stand-in, the second one this. */
let spare: StandIn;
let spareSays: StandInClient;
let folder: string;
let bed: PipelineBed;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'fallback-test-'));
  spare = await startStandIn();
  spareSays = createStandInClient(spare.url);
});
afterEach(async () => {
  await bed.close();
  await spare.close();
  rmSync(folder, { recursive: true });
});

async function start(options: { standIn?: StandInBehaviour; file?: object }): Promise<PipelineProcess> {
  bed = await openPipelineBed('fallback', { standIn: options.standIn ?? {} });
  const file = join(folder, 'providers.json');
  const providers = [
    { name: 'main', baseUrl: '${OPENAI_BASE_URL}', apiKey: '${MAIN_KEY}', model: 'first' },
    { name: 'spare', baseUrl: spare.url, model: 'second' },
  ];
  writeFileSync(file, JSON.stringify({ providers, ...options.file }));
  return bed.start('main.js', { env: { PROVIDERS_FILE: file, MAIN_KEY: 'a key' } });
}

const resultOf = async (id: string) => JSON.parse(String((await bed.resultOf(id)).value)) as ResultMessage;

async function done(prefix: string, count: number): Promise<ResultMessage[]> {
  const { ids, records } = numbered(prefix, count);
  await bed.sendAll(records);
  return Promise.all(ids.map(resultOf));
}

async function answeredByTheFirst(): Promise<void> {
  let sent = 0;
  await waitUntil(
    'an answer of the first provider',
    async () => (await done(`back-${String(sent++)}`, 1)).every(({ provider }) => provider === 'main'),
    { timeoutMs: 60_000 },
  );
}

it('the first provider is down: the second one does everything, marked; when it is back, it is asked again by itself', async () => {
  await start({ standIn: { down: true } });
  for (const result of await done('down', 60)) expect(result).toMatchObject({ provider: 'spare', degraded: true });
  // What opened the breaker, and since then a probe now and then.
  expect((await bed.standIn.stats()).total).toBeLessThan(60);
  expect((await spareSays.stats()).byStatus).toEqual({ '200': 60 });

  await bed.standIn.configure({});
  await answeredByTheFirst();
  await spareSays.reset();
  for (const result of await done('up', 60)) {
    expect(result.provider).toBe('main');
    expect(result).not.toHaveProperty('degraded');
  }
  expect((await spareSays.stats()).total).toBe(0);
  const account = await takeAccount(bed);
  expectOneResultEach(account, [...account.results.keys()]);
});

it('a message that is too long for one provider is asked of the one for long messages, which gets no others', async () => {
  await start({ standIn: { errorMix: { context_length: 1 } }, file: { contextLength: ['spare'] } });
  for (const result of await done('long', 5)) {
    expect(result).toMatchObject({ provider: 'spare', degraded: true, attempts: 2 });
  }
  // The second one finds this one too long, too.
  const payload = { text: 'A library. [stand-in: context_length]' };
  const record = await bed.send({ value: JSON.stringify({ id: 'longer', type: 'summarize', payload }) });
  const deadLetter = await bed.deadLetterOf(record);
  expect(headerText(deadLetter, 'dead-letter-failure-type')).toBe('Provider.ContextLength');
  expect(headerText(deadLetter, 'dead-letter-attempts')).toBe('2');
  expect([(await bed.standIn.stats()).total, (await spareSays.stats()).total]).toEqual([6, 6]);

  await bed.standIn.configure({});
  for (const result of await done('short', 5)) expect(result).toMatchObject({ provider: 'main', attempts: 1 });
  expect((await spareSays.stats()).total).toBe(6);
});

it('a ceiling holds for all providers together: what one has used, the other may not', async () => {
  const requestsPerMinute = 120;
  const standalone = await start({ standIn: { down: true }, file: { ceiling: { requestsPerMinute } } });
  const before = Date.now();
  const results = await done('m', 20);
  expect(results.every(({ provider }) => provider === 'spare')).toBe(true);
  const calls = (await bed.standIn.stats()).total + (await spareSays.stats()).total;
  expect(calls).toBeGreaterThan(20);
  // The first call is due at once.
  expect(Date.now() - before).toBeGreaterThan(((calls - 1) * 60_000) / requestsPerMinute - 1_000);
  const metrics = await (await fetch(standalone.metricsUrl)).text();
  expect(metrics).toMatch(/pipeline_llm_rate_limit\{provider="all",limit="requests"\} 1[12]\d/);
  expect(metrics).toContain('pipeline_llm_rate_limit{provider="spare",limit="requests"} +Inf');

  await bed.standIn.configure({});
  await answeredByTheFirst();
});
