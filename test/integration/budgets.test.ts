import { SPENDING, type SpendingState } from '../../contracts/spending.ts';
import type { DayUse } from '../../ctl/budgets.ts';
import type { RunSummary } from '../../ctl/run-summary.ts';
import type { StandInCall } from '../../dev/standin/client.ts';
import type { PipelineProcess } from '../../dev/stack/pipeline-process.ts';
import { expectOneResultEach, numbered, takeAccount } from '../support/accounting.ts';
import { createOperator } from '../support/operator.ts';
import { openPipelineBed, type PipelineBed } from '../support/pipeline-bed.ts';
import { aSettingsFile } from '../support/settings-file.ts';
import { waitUntil } from '../../dev/wait-until.ts';

jest.setTimeout(120_000);

const CONCURRENCY = 4;
/** Fewer than will be parked: these must not keep the bridge from reading on. */
const MAX_OPEN_WORKFLOWS = '40';
const PRICES_FILE = aSettingsFile({ currency: 'USD', models: { 'gpt-4o-mini': { input: 1, output: 1 } } });
/** A report's interval, and some time for the answer on a busy machine. */
const OVERSHOOT_MS = 3_000 + 1_500;
/** What one of the calls below takes, and somewhat less: so that a budget can be said in calls. */
const TOKENS_OF_A_CALL = 100;

let bed: PipelineBed;
let ctl: ReturnType<typeof createOperator>;
afterEach(() => bed.close());

async function open(budgets: unknown): Promise<PipelineProcess> {
  bed = await openPipelineBed('budget', { standIn: { latencyMs: 100 } });
  ctl = createOperator({ client: bed.client, inputTopics: [bed.topics.input] });
  const BUDGETS_FILE = aSettingsFile(budgets);
  return bed.start('main.js', {
    env: { PRICES_FILE, BUDGETS_FILE, MAX_OPEN_WORKFLOWS, LLM_MAX_CONCURRENCY: String(CONCURRENCY) },
  });
}

function messagesOf(tenant: string, count: number, prefix = tenant) {
  const { ids, records } = numbered(prefix, count);
  const ofTenant = records.map(({ key, value }) => {
    return { key: key ?? null, value: JSON.stringify({ ...(JSON.parse(String(value)) as object), tenant }) };
  });
  return { ids, records: ofTenant };
}
const callsFor = async (tenant: string) =>
  (await bed.standIn.calls()).filter(({ prompt }) => prompt.includes(`\n${tenant}-`));
const parked = async (...filters: string[]) =>
  JSON.parse(
    (await ctl('list', '--state', 'parked', '--json', '--limit', '1000', ...filters)).results.join(),
  ) as RunSummary[];
const accountOfTheDay = () => bed.client.workflow.getHandle(SPENDING.workflowId).query<SpendingState>(SPENDING.state);
async function budgetOf(tenant: string | null) {
  const { budgets } = JSON.parse((await ctl('budgets', '--json')).results.join()) as DayUse;
  return budgets.find((budget) => budget.tenant === tenant);
}

const tokensOf = ({ inputTokens, outputTokens }: StandInCall) => inputTokens + outputTokens;

/** When the calls had come to so many tokens. */
function reachedAt(calls: readonly StandInCall[], tokens: number): number {
  const ended = calls.flatMap((call) => (call.endedAt === null ? [] : [{ at: call.endedAt, tokens: tokensOf(call) }]));
  let sum = 0;
  for (const call of ended.sort((a, b) => a.at - b.at)) {
    sum += call.tokens;
    if (sum >= tokens) return call.at;
  }
  throw new Error('the budget was never reached');
}

it('a tenant whose budget is used up waits, visibly, others go on, and an operator lets it go on', async () => {
  const BUDGET = 10 * TOKENS_OF_A_CALL;
  await open({ tenants: { small: { tokensPerDay: BUDGET } } });
  const small = messagesOf('small', 60);
  const large = messagesOf('large', 60);
  await bed.sendAll([...small.records, ...large.records]);

  await waitUntil('all of the other tenant to be done', async () => {
    await Promise.all(large.ids.map((id) => bed.resultOf(id, { timeoutMs: 60_000 })));
    return true;
  });
  const openRuns = () => bed.client.workflow.count("WorkflowType = 'processMessage' AND ExecutionStatus = 'Running'");
  const waiting = await waitUntil('the rest of the small one to be parked', async () => {
    const runs = await parked('--tenant', 'small');
    return runs.length > 0 && runs.length === (await openRuns()).count && runs;
  });
  const calls = await callsFor('small');
  expect(calls.length + waiting.length).toBe(small.ids.length);
  expect(Math.max(...calls.map(({ startedAt }) => startedAt))).toBeLessThan(reachedAt(calls, BUDGET) + OVERSHOOT_MS);
  expect(await parked('--tenant', 'large')).toEqual([]);
  const shown = await ctl('show', waiting[0]!.workflowId);
  expect(shown.results.join()).toMatch(/parked: the tenant's budget of \d{4}-\d\d-\d\d is used up: \d+ of 1000 tokens/);
  const tokens = calls.reduce((sum, call) => sum + tokensOf(call), 0);
  await waitUntil('the account to have all of it', async () => (await budgetOf('small'))?.tokens === tokens);
  expect(await budgetOf('small')).toMatchObject({ tokensPerDay: BUDGET, state: 'used up' });

  const [one, ...rest] = waiting;
  expect((await ctl('resume', 'message', one!.workflowId)).ok).toBe(true);
  await bed.client.workflow.getHandle(one!.workflowId).result();
  await waitUntil('only the others to be parked', async () => (await parked()).length === rest.length);
  expect(await ctl('resume', 'message', one!.workflowId)).toMatchObject({ ok: false });

  const resumed = await ctl('resume', 'tenant', 'small');
  expect(resumed).toMatchObject({
    ok: true,
    results: expect.arrayContaining([expect.stringContaining(`${String(rest.length)} done`)]) as string[],
  });
  await bed.sendAll(messagesOf('small', 1, 'late').records);
  await bed.ended(small.ids.length + large.ids.length + 1);
  expect(await parked()).toEqual([]);
  expect((await budgetOf('small'))?.state).toBe('lifted');
  expectOneResultEach(await takeAccount(bed), [...small.ids, ...large.ids, 'late-0']);
});

it('the total budget, in money, parks everybody, and what was spent outlives the workers', async () => {
  const budgets = { total: { costPerDay: (5 * TOKENS_OF_A_CALL) / 1e6 } };
  const first = await open(budgets);
  const { records } = numbered('any', 30);
  await bed.sendAll(records);
  const waiting = await waitUntil('the others to be parked', async () => {
    const runs = await parked();
    return runs.length + (await bed.standIn.stats()).total === records.length && runs;
  });
  expect(waiting.length).toBeGreaterThan(0);
  expect(await first.stop()).toBe(0);

  await bed.start('main.js', { env: { PRICES_FILE, BUDGETS_FILE: aSettingsFile(budgets) } });
  await waitUntil('the account to know the new worker', async () => (await accountOfTheDay()).workers.length === 2);
  const { inputTokens, outputTokens } = await bed.standIn.stats();
  const tokens = inputTokens + outputTokens;
  expect(await budgetOf(null)).toMatchObject({ tokens, cost: tokens / 1e6, state: 'used up' });
  const calls = (await bed.standIn.stats()).total;
  await bed.sendAll(numbered('later', 3).records);
  await waitUntil('the new ones to be parked', async () => (await parked()).length === waiting.length + 3);
  expect((await bed.standIn.stats()).total).toBe(calls);

  // The worker learnt long ago that all is used up, and has had nothing to tell since.
  expect((await ctl('resume', 'tenant', 'vip')).ok).toBe(true);
  await bed.sendAll(messagesOf('vip', 1).records);
  await bed.resultOf('vip-0');
});

it('what a worker has not told yet when it is stopped is counted all the same', async () => {
  const first = await open({ total: { tokensPerDay: 1_000_000_000 } });
  let sent = 0;
  const spent = async () => {
    const { inputTokens, outputTokens } = await bed.standIn.stats();
    return inputTokens + outputTokens;
  };
  await waitUntil('something spent that is not told yet', async () => {
    sent += 1;
    await bed.sendAll(numbered(`m${String(sent)}`, 1).records);
    await bed.ended(sent);
    return (await budgetOf(null))!.tokens < (await spent());
  });
  expect(await first.stop()).toBe(0);
  await bed.start('workers/main.js', { args: ['--role', 'pipeline'] });
  await waitUntil('the account to have all of it', async () => (await budgetOf(null))?.tokens === (await spent()));
});
