import { readFileSync } from 'node:fs';
import type { ResultMessage } from '../../contracts/pipeline.ts';
import type { PipelineProcess } from '../../dev/stack/pipeline-process.ts';
import { openPipelineBed, type PipelineBed } from '../support/pipeline-bed.ts';
import { aSettingsFile } from '../support/settings-file.ts';
import { waitUntil } from '../../dev/wait-until.ts';

jest.setTimeout(120_000);

const PRICES = { currency: 'USD', models: { 'gpt-4o-mini': { input: 0.15, cachedInput: 0.075, output: 0.6 } } };
const env = { PRICES_FILE: aSettingsFile(PRICES), LLM_TIMEOUT_MS: '4000' };

let bed: PipelineBed;
afterEach(() => bed.close());

const classify = (id: string, directive = '', tenant?: string) => {
  const payload = { text: `${id}: which one? ${directive}`, labels: ['one', 'other'] };
  return { value: JSON.stringify({ id, type: 'classify', payload, ...(tenant !== undefined && { tenant }) }) };
};
const resultsOf = async (): Promise<ResultMessage[]> =>
  (await bed.results.toEnd()).map(({ value }) => JSON.parse(String(value)) as ResultMessage);
const sum = (numbers: readonly (number | undefined)[]) => numbers.reduce<number>((total, n) => total + (n ?? 0), 0);
const callLines = (process: PipelineProcess) =>
  readFileSync(process.logFile, 'utf8')
    .split('\n')
    .filter((line) => line.includes('"msg":"provider call"'))
    .map((line) => JSON.parse(line) as Record<string, unknown>);

/** What the stand-in's own count comes to at the prices above. */
async function billed(): Promise<number> {
  const { inputTokens, cachedTokens, outputTokens } = await bed.standIn.stats();
  return ((inputTokens - cachedTokens) * 0.15 + cachedTokens * 0.075 + outputTokens * 0.6) / 1e6;
}

async function metricsOf({ metricsUrl }: PipelineProcess): Promise<(name: string) => number> {
  const text = await (await fetch(metricsUrl)).text();
  return (name) =>
    sum(
      text
        .split('\n')
        .filter((line) => line.startsWith(name))
        .map((line) => Number(line.split(' ').at(-1))),
    );
}

it('what results, metrics and log say was paid is what the provider counted, at the prices of the list', async () => {
  bed = await openPipelineBed('account', { standIn: { cachedShare: 0.5 } });
  const pipeline = await bed.start('main.js', { env });
  const ids = Array.from({ length: 20 }, (_, index) => `m-${String(index)}`);
  await bed.sendAll([
    ...ids.map((id, index) => classify(id, '', index % 2 === 0 ? 'acme' : 'other')),
    classify('asked-again', '[stand-in: invalid-json]'),
    classify('refused-once', '[stand-in: 500]'),
  ]);
  await bed.ended(22);

  const results = await resultsOf();
  const stats = await bed.standIn.stats();
  expect(stats.cachedTokens).toBeGreaterThan(0);
  expect(sum(results.map(({ usage }) => usage.inputTokens))).toBe(stats.inputTokens);
  expect(sum(results.map(({ usage }) => usage.cachedInputTokens))).toBe(stats.cachedTokens);
  expect(sum(results.map(({ usage }) => usage.outputTokens))).toBe(stats.outputTokens);
  for (const { cost } of results) expect(cost?.currency).toBe('USD');
  expect(sum(results.map(({ cost }) => cost?.amount))).toBeCloseTo(await billed(), 9);

  const metric = await metricsOf(pipeline);
  expect(metric('pipeline_llm_cost_total')).toBeCloseTo(await billed(), 9);
  expect(metric('pipeline_llm_tokens_total{provider="openai",model="gpt-4o-mini",direction="cached"}')).toBe(
    stats.cachedTokens,
  );

  const lines = callLines(pipeline);
  expect(lines).toHaveLength(stats.total);
  expect(sum(lines.map(({ cost }) => cost as number | undefined))).toBeCloseTo(await billed(), 9);
  const costOf = (tenant: string) =>
    sum(lines.filter((line) => line['tenant'] === tenant).map(({ cost }) => cost as number));
  expect(costOf('acme')).toBeGreaterThan(0);
  const other = results.filter(({ id }) => ids.indexOf(id) % 2 === 1);
  expect(costOf('other')).toBeCloseTo(sum(other.map(({ cost }) => cost?.amount)), 9);
});

it('calls whose outcome nobody knows are counted apart, also when their worker was killed, and are in no result’s cost', async () => {
  bed = await openPipelineBed('unknown');
  await bed.start('workers/main.js', { args: ['--role', 'pipeline'], env });
  await bed.start('bridge/main.js', { env });
  const startLlm = (more = {}) => bed.start('workers/main.js', { args: ['--role', 'llm'], env: { ...env, ...more } });
  const first = await startLlm({ LLM_TIMEOUT_MS: '60000' });
  await bed.send(classify('killed', '[stand-in: hang]'));
  // Only what the heartbeat has told outlives the worker.
  await waitUntil('a heartbeat of the call', async () => {
    const { raw } = await bed.client.workflow.getHandle(`message:${bed.topics.input}:killed`).describe();
    return (raw.pendingActivities ?? []).some(({ heartbeatDetails }) => heartbeatDetails?.payloads?.length === 1);
  });
  await first.kill();
  const second = await startLlm();
  await bed.send(classify('late', '[stand-in: hang]'));
  await bed.ended(2);

  const metric = await metricsOf(second);
  expect(metric('pipeline_llm_unknown_outcome_total')).toBe(2);
  expect(metric('pipeline_llm_unknown_outcome_tokens_total')).toBeGreaterThan(0);
  expect(metric('pipeline_llm_unknown_outcome_cost_total')).toBeGreaterThan(0);
  const lines = callLines(second);
  expect(lines.map(({ outcome }) => outcome).sort()).toEqual(['lost', 'ok', 'ok', 'timeout']);
  for (const { lostBefore } of lines.filter(({ outcome }) => outcome === 'ok')) expect(lostBefore).toBe(1);
  const results = await resultsOf();
  expect(sum(results.map(({ cost }) => cost?.amount))).toBeCloseTo(await billed(), 9);
});
