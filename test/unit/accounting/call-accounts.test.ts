import { Writable } from 'node:stream';
import { pino } from 'pino';
import type { CallFacts } from '../../../accounting/call-accounts.ts';
import { createAccounts } from '../../../accounting/create-accounts.ts';
import { pricesSchema, type Prices } from '../../../config/prices.ts';
import type { Completion } from '../../../contracts/completion.ts';
import { ProviderError } from '../../../providers/provider.ts';
import { createMetrics } from '../../../telemetry/metrics.ts';

const facts: CallFacts = {
  workflowId: 'message:llm.requests:m-1',
  runId: 'run-1',
  type: 'summarize',
  tenant: 'acme',
  attempt: 2,
  provider: 'openai',
  request: { messages: [{ role: 'user', content: 'the secret text' }], maxOutputTokens: 100 },
  lostBefore: 0,
};
const prices = pricesSchema.parse({
  currency: 'USD',
  models: { 'm-1': { input: 1, cachedInput: 0.5, output: 10 } },
});
const completion = (model: string): Completion => ({
  text: 'the secret answer',
  finishReason: 'stop',
  model,
  usage: { inputTokens: 1_000, cachedInputTokens: 200, outputTokens: 50 },
});

/** Accounts whose log lines and metrics can be read. */
function accountsWith(list: Prices | undefined) {
  const metrics = createMetrics();
  const lines: Record<string, unknown>[] = [];
  const log = new Writable({
    write: (line: Buffer, _, done) => {
      lines.push(JSON.parse(line.toString()) as Record<string, unknown>);
      done();
    },
  });
  const accounts = createAccounts({
    ...{ prices: list, askedModel: () => 'm-1', estimateTokens: () => 400, metrics: metrics.llm },
    logger: pino({ base: {} }, log),
  });
  return { accounts, lines, scrape: () => metrics.registry.metrics() };
}

test('an answered call is one log line with whose it was and what it took, and no word of either side', () => {
  const { accounts, lines } = accountsWith(prices);
  const cost = accounts.open(facts).answered(completion('m-1-2026-01-01'));
  expect(cost).toEqual({ amount: 0.0014, currency: 'USD' });
  expect(lines).toEqual([
    expect.objectContaining({
      msg: 'provider call',
      ...{ workflowId: facts.workflowId, runId: 'run-1', type: 'summarize', tenant: 'acme', attempt: 2 },
      ...{ provider: 'openai', model: 'm-1-2026-01-01', outcome: 'ok', durationMs: expect.any(Number) as number },
      ...{ inputTokens: 1_000, cachedInputTokens: 200, outputTokens: 50, cost: 0.0014, currency: 'USD' },
    }),
  ]);
  expect(JSON.stringify(lines)).not.toContain('secret');
});

test('tokens and cost are counted under the name in the price list: a name that a provider makes up makes no series', async () => {
  const { accounts, scrape } = accountsWith(prices);
  accounts.open(facts).answered(completion('m-1-2026-01-01'));
  accounts.open(facts).answered(completion('m-1'));
  accounts.open({ ...facts, provider: 'other' }).answered(completion(`made-up-${'x'.repeat(1_000)}`));
  const text = await scrape();
  for (const line of [
    'pipeline_llm_tokens_total{provider="openai",model="m-1",direction="input"} 2000',
    'pipeline_llm_tokens_total{provider="openai",model="m-1",direction="cached"} 400',
    'pipeline_llm_tokens_total{provider="openai",model="m-1",direction="output"} 100',
    'pipeline_llm_cost_total{provider="openai",model="m-1",currency="USD"} 0.0028',
    'pipeline_llm_calls_total{provider="openai",outcome="ok"} 2',
    'pipeline_llm_in_flight 0',
  ]) {
    expect(text).toContain(line);
  }
  expect(text).not.toContain('made-up');
});

test('a model without a price has no cost, one warning, and a count of its calls', async () => {
  const unknown = pricesSchema.parse({ currency: 'USD' });
  const { accounts, lines, scrape } = accountsWith(unknown);
  for (const model of ['a', 'a', 'b']) expect(accounts.open(facts).answered(completion(model))).toBeUndefined();
  expect(lines.filter(({ level }) => level === 40).map(({ model }) => model)).toEqual(['a', 'b']);
  for (const line of lines) expect(line).not.toHaveProperty('cost');
  expect(await scrape()).toContain('pipeline_llm_unpriced_calls_total{provider="openai",model="m-1"} 3');
});

test('without a price list nothing costs anything, and nothing is missing', async () => {
  const { accounts, lines, scrape } = accountsWith(undefined);
  expect(accounts.open(facts).answered(completion('a'))).toBeUndefined();
  expect(lines.map(({ level }) => level)).toEqual([30]);
  expect(await scrape()).not.toMatch(/^pipeline_llm_unpriced_calls_total\{/m);
});

test('a call whose outcome is not known is counted apart, with the most it can have taken', async () => {
  const { accounts, lines, scrape } = accountsWith(prices);
  accounts.open(facts).failed(new ProviderError('timeout', 'no answer', { maybePaid: true }));
  accounts
    .open({ ...facts, attempt: 3, lostBefore: 1 })
    .failed(new ProviderError('rate-limited', 'slow down', { maybePaid: false }));
  accounts.lost(facts, 2);
  accounts.open(facts).cancelled();
  const [timeout, refused, lost, cancelled] = lines;
  // 300 tokens of input and 100 of output.
  expect(timeout).toMatchObject({ outcome: 'timeout', tokensUpTo: 400, costUpTo: 0.0013 });
  expect(refused).toMatchObject({ outcome: 'rate-limited', lostBefore: 1, lostTokensUpTo: 400, lostCostUpTo: 0.0013 });
  expect(refused).not.toHaveProperty('tokensUpTo');
  expect(lost).toMatchObject({ outcome: 'lost', calls: 2, tokensUpTo: 800, costUpTo: 0.0026 });
  expect(cancelled).toMatchObject({ outcome: 'cancelled', tokensUpTo: 400, costUpTo: 0.0013 });
  const text = await scrape();
  expect(text).toContain('pipeline_llm_unknown_outcome_total{provider="openai"} 4');
  expect(text).toContain('pipeline_llm_unknown_outcome_tokens_total{provider="openai"} 1600');
  expect(text).toMatch(/pipeline_llm_unknown_outcome_cost_total\{provider="openai",currency="USD"\} 0\.0052/);
  expect(text).not.toMatch(/^pipeline_llm_(?:tokens|cost)_total\{/m);
});
