import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Message } from 'kafkajs';
import type { ResultMessage } from '../../contracts/pipeline.ts';
import { startRedisServer } from '../../dev/stack/redis-server.ts';
import { expectOneResultEach, takeAccount, type Account } from '../support/accounting.ts';
import { openPipelineBed, type PipelineBed } from '../support/pipeline-bed.ts';
import { waitUntil } from '../../dev/wait-until.ts';

jest.setTimeout(180_000);

let bed: PipelineBed;
afterEach(() => bed.close());

/** `count` messages, of which the first 30 % come twice: as `<number>` and, right behind it, as `<number>-again`. */
function withRepeats(count: number): { ids: string[]; records: Message[]; repeats: number } {
  const repeats = Math.round(count * 0.3);
  const ids = Array.from({ length: count - repeats }, (_, number) =>
    number < repeats ? [String(number), `${String(number)}-again`] : [String(number)],
  ).flat();
  const records = ids.map((id) => {
    const payload = { text: `Number ${id.replace('-again', '')} is to be summarised.` };
    return { key: id, value: JSON.stringify({ id, type: 'summarize', payload }) };
  });
  return { ids, records, repeats };
}

const valueOf = ({ results }: Account, id: string) => JSON.parse(String(results.get(id)?.[0]?.value)) as ResultMessage;

/** Of two messages with one content at least one is a hit, which cost nothing; both have the same output. */
function expectSharedAnswers(account: Account, repeats: number): number {
  let hits = 0;
  for (let number = 0; number < repeats; number++) {
    const pair = [valueOf(account, String(number)), valueOf(account, `${String(number)}-again`)];
    expect(pair[0]?.output).toEqual(pair[1]?.output);
    for (const { cached, usage } of pair) {
      if (cached) expect(usage).toEqual({ inputTokens: 0, outputTokens: 0 });
      else expect(usage.outputTokens).toBeGreaterThan(0);
    }
    hits += pair.filter(({ cached }) => cached).length;
  }
  return hits;
}

const env = { CACHE_TYPES: 'summarize' };

async function startTwoLlmWorkers(cacheUrl: string) {
  await bed.start('bridge/main.js');
  await bed.start('workers/main.js', { args: ['--role', 'pipeline'] });
  const llm = { args: ['--role', 'llm'], env: { ...env, CACHE_URL: cacheUrl } };
  return Promise.all([bed.start('workers/main.js', llm), bed.start('workers/main.js', llm)]);
}

it('of 1,000 messages 300 repeat others: 700 calls, never two for one content at the same time', async () => {
  bed = await openPipelineBed('cache', { standIn: { latencyMs: 200 } });
  const { ids, records, repeats } = withRepeats(1_000);
  const standalone = await bed.start('main.js', { env });
  await bed.sendAll(records);
  await bed.ended(ids.length, { timeoutMs: 150_000 });

  const account = await takeAccount(bed);
  expectOneResultEach(account, ids);
  expect(await bed.standIn.stats()).toMatchObject({ total: 700, distinctPrompts: 700, concurrentIdenticalPrompts: 0 });
  expect(expectSharedAnswers(account, repeats)).toBe(300);
  const metrics = await (await fetch(standalone.metricsUrl)).text();
  expect(metrics).toContain('pipeline_cache_requests_total{result="miss"} 700');
  expect(metrics).toContain('pipeline_llm_calls_total{provider="openai",outcome="ok"} 700');
});

it('a type that is not named is asked for each time, and an answer that does not hold is given to nobody else', async () => {
  bed = await openPipelineBed('not-cached');
  await bed.start('main.js', { env });
  const classify = { type: 'classify', payload: { text: 'A book about boats.', labels: ['sea', 'land'] } };
  const refused = { type: 'summarize', payload: { text: 'Something bad. [stand-in: refusal times=2]' } };
  for (const id of ['c-1', 'c-2']) await bed.send({ value: JSON.stringify({ id, ...classify }) });
  for (const id of ['r-1', 'r-2', 'r-3']) await bed.send({ value: JSON.stringify({ id, ...refused }) });
  await bed.ended(5);
  expect((await bed.standIn.stats()).total).toBe(5);
  expect((await bed.deadLetters.toEnd()).length).toBe(2);
  for (const { value } of await bed.results.toEnd()) expect(JSON.parse(String(value))).not.toHaveProperty('cached');
});

it('an unknown type in CACHE_TYPES stops the process at start, with its name', async () => {
  bed = await openPipelineBed('wrong-type');
  await expect(bed.start('main.js', { env: { CACHE_TYPES: 'summarise' } })).rejects.toThrow(
    'CACHE_TYPES: no processor for summarise; known: summarize, classify',
  );
});

describe('with Valkey or Redis', () => {
  let dataDir: string;
  let redis: Awaited<ReturnType<typeof startRedisServer>>;
  beforeEach(async () => {
    dataDir = mkdtempSync(join(tmpdir(), 'cache-test-'));
    redis = await startRedisServer({ dataDir });
  });
  afterEach(async () => {
    await redis.stop();
    rmSync(dataDir, { recursive: true });
  });

  it('two processes make one call for one content, and never two at the same time', async () => {
    bed = await openPipelineBed('cache-two', { standIn: { latencyMs: 200 } });
    const { ids, records, repeats } = withRepeats(300);
    const workers = await startTwoLlmWorkers(redis.url);
    await bed.sendAll(records);
    await bed.ended(ids.length, { timeoutMs: 120_000 });

    const account = await takeAccount(bed);
    expectOneResultEach(account, ids);
    expect(await bed.standIn.stats()).toMatchObject({
      total: 210,
      distinctPrompts: 210,
      concurrentIdenticalPrompts: 0,
    });
    expect(expectSharedAnswers(account, repeats)).toBe(90);
    // Both had their part in it.
    for (const { metricsUrl } of workers) {
      expect(await (await fetch(metricsUrl)).text()).toMatch(/pipeline_cache_requests_total\{result="miss"\} [1-9]/);
    }
  });

  it('when the server is killed, messages go on without it', async () => {
    bed = await openPipelineBed('cache-killed', { standIn: { latencyMs: 200 } });
    const { ids, records, repeats } = withRepeats(300);
    await startTwoLlmWorkers(redis.url);
    await bed.sendAll(records);
    await waitUntil('a part of the calls', async () => (await bed.standIn.stats()).total > 60, { timeoutMs: 60_000 });
    await redis.kill();
    await bed.ended(ids.length, { timeoutMs: 120_000 });

    const account = await takeAccount(bed);
    expectOneResultEach(account, ids);
    expectSharedAnswers(account, repeats);
    const { total } = await bed.standIn.stats();
    expect(total).toBeGreaterThanOrEqual(210);
    expect(total).toBeLessThan(300);
  });
});
