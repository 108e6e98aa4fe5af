import type { RateBudgetState } from '../../contracts/rate-budget.ts';
import { parseInvocation, runCommand } from '../../ctl/run-ctl.ts';
import type { PipelineProcess } from '../../dev/stack/pipeline-process.ts';
import { SEARCH_ATTRIBUTES } from '../../contracts/search-attributes.ts';
import { expectOneResultEach, numbered, takeAccount } from '../support/accounting.ts';
import { openPipelineBed, type PipelineBed } from '../support/pipeline-bed.ts';
import { waitUntil } from '../../dev/wait-until.ts';

jest.setTimeout(120_000);

const REQUESTS_PER_MINUTE = 600;
const env = { LLM_REQUESTS_PER_MINUTE: String(REQUESTS_PER_MINUTE) };

let bed: PipelineBed;
afterEach(() => bed.close());

const startLlmWorker = () => bed.start('workers/main.js', { args: ['--role', 'llm'], env });

async function ctl(...argv: string[]): Promise<string> {
  const printed: string[] = [];
  const output = { result: (text: string) => printed.push(text), note: () => undefined, progress: () => undefined };
  const invocation = parseInvocation(argv);
  if (invocation.kind !== 'command') throw new Error('no command');
  const context = { client: bed.client, inputTopics: [], uiUrl: '', confirm: () => Promise.resolve(false), output };
  await runCommand(invocation, context);
  return printed.join('\n');
}
async function limits(): Promise<RateBudgetState | undefined> {
  const [openai] = JSON.parse(await ctl('limits', '--json')) as RateBudgetState[];
  return openai;
}
/** The parts of the limits that workers hold, as operators are told. */
const shares = async () => (await limits())?.holders.map(({ share }) => share) ?? [];
const sharing = (workers: number) =>
  waitUntil(`${String(workers)} equal shares`, async () => {
    const held = await shares();
    return held.length === workers && Math.max(...held) - Math.min(...held) < 0.001 && held;
  });

async function startAllButLlm(): Promise<void> {
  await bed.start('workers/main.js', { args: ['--role', 'pipeline'], env });
  await bed.start('bridge/main.js', { env });
}

it('three workers meet one limit together without a refusal, in turns, and one that dies or comes changes little', async () => {
  bed = await openPipelineBed('shared', { standIn: { requestsPerMinute: REQUESTS_PER_MINUTE, latencyMs: 50 } });
  await startAllButLlm();
  const workers: PipelineProcess[] = [await startLlmWorker(), await startLlmWorker(), await startLlmWorker()];
  for (const share of await sharing(3)) expect(share).toBeCloseTo((1 - 2 / REQUESTS_PER_MINUTE) / 3);

  const { ids, records } = numbered('m', 250);
  await bed.sendAll(records);
  await waitUntil('a third of the calls', async () => (await bed.standIn.stats()).total > 80, { timeoutMs: 30_000 });
  await workers[0]?.kill();
  await startLlmWorker();
  await bed.ended(ids.length);

  expectOneResultEach(await takeAccount(bed), ids);
  const { byStatus, maxStartsInOneSecond } = await bed.standIn.stats();
  expect(byStatus['429']).toBeUndefined();
  expect(maxStartsInOneSecond).toBeLessThanOrEqual(12);
  await sharing(3);
});

it('a worker that stops leaves its share to the others at once', async () => {
  bed = await openPipelineBed('leaving');
  await startAllButLlm();
  await startLlmWorker();
  const second = await startLlmWorker();
  await sharing(2);
  await second.stop();
  // Nobody is held back: its lease would last six seconds and a half.
  await waitUntil('the other one to have everything', async () => (await shares()).join() === '1', {
    timeoutMs: 4_000,
  });
});

it('a 429 to one worker holds back the others within a second', async () => {
  bed = await openPipelineBed('told');
  await startAllButLlm();
  // One call at a time in each: none has its permit already when the answer comes.
  const one = { ...env, LLM_MAX_CONCURRENCY: '1' };
  for (let worker = 0; worker < 3; worker++) {
    await bed.start('workers/main.js', { args: ['--role', 'llm'], env: one });
  }
  await sharing(3);
  const summarize = (text: string) => ({ value: JSON.stringify({ type: 'summarize', payload: { text } }) });
  await bed.send(summarize('First. [stand-in: 429 retry-after=5]'));
  const refused = await waitUntil('the refusal', async () =>
    (await bed.standIn.calls()).find(({ status }) => status === 429),
  );
  await bed.sendAll(Array.from({ length: 20 }, (_, index) => summarize(`Later, ${String(index)}.`)));
  await bed.ended(21);
  const later = (await bed.standIn.calls()).filter(({ startedAt }) => startedAt > refused.endedAt! + 1_000);
  expect(later.length).toBeGreaterThan(0);
  for (const { startedAt } of later) expect(startedAt - refused.endedAt!).toBeGreaterThanOrEqual(4_900);
});

const total = async () => (await bed.standIn.stats()).total;

it('an operator pauses a provider: no more calls in any worker, until it is resumed', async () => {
  bed = await openPipelineBed('paused', { standIn: { latencyMs: 50 } });
  await startAllButLlm();
  const workers = [await startLlmWorker(), await startLlmWorker()];
  await sharing(2);
  const { ids, records } = numbered('m', 200);
  await bed.sendAll(records);
  await waitUntil('the first calls', async () => (await total()) > 5);
  await ctl('pause', 'provider');
  expect(await ctl('limits')).toContain('openai: paused by an operator: no calls');
  // At most what is under way, or has its permit, and then none.
  const after = await waitUntil('calls to stop', async () => {
    const before = await total();
    const held = await bed.client.workflow.count("WorkflowType = 'processMessage' AND ExecutionStatus = 'Running'");
    return held.count === ids.length - before && before;
  });
  expect(after).toBeLessThan(100);
  const { typedSearchAttributes } = await bed.client.workflow.getHandle('rate-budget:openai').describe();
  expect(typedSearchAttributes.get(SEARCH_ATTRIBUTES.pipelineState)).toBe('paused');
  await ctl('resume', 'provider');
  await bed.ended(ids.length);
  expectOneResultEach(await takeAccount(bed), ids);

  // With nothing to do, polls wait with their permits.
  await ctl('pause', 'provider');
  await waitUntil('both workers to know', async () => {
    const states = await Promise.all(workers.map(async ({ metricsUrl }) => (await fetch(metricsUrl)).text()));
    return states.every((text) => /^pipeline_llm_breaker_state\{.*\} 3$/m.test(text));
  });
  const calls = await total();
  const held = numbered('held', 5);
  await bed.sendAll(held.records);
  for (const id of held.ids) {
    const message = bed.client.workflow.getHandle(`message:${bed.topics.input}:${id}`);
    await waitUntil(`${id} to wait for its call`, async () => {
      const description = await message.describe().catch(() => undefined);
      return (description?.raw.pendingActivities ?? []).length > 0;
    });
  }
  expect(await total()).toBe(calls);
  await ctl('resume', 'provider');
  await bed.ended(ids.length + held.ids.length);
  expect(await total()).toBe(calls + held.ids.length);
});

it('limits that an operator sets hold within seconds, and until they are reset', async () => {
  bed = await openPipelineBed('set', { standIn: { latencyMs: 10 } });
  await startAllButLlm();
  await startLlmWorker();
  const { ids, records } = numbered('m', 150);
  await ctl('limits', 'set', '--requests-per-minute', '3000');
  await bed.sendAll(records);
  // At the 600 that are configured it would take fifteen seconds.
  await waitUntil('all to be called', async () => (await total()) >= ids.length, { timeoutMs: 10_000 });
  expect((await bed.standIn.stats()).maxStartsInOneSecond).toBeGreaterThan(30);
  await ctl('limits', 'reset');
  await waitUntil('what is configured', async () => (await limits())?.rates.requestsPerMinute === REQUESTS_PER_MINUTE);
});

it('limits that nobody configured are learned from the first answer, by all workers', async () => {
  bed = await openPipelineBed('learned', { standIn: { requestsPerMinute: REQUESTS_PER_MINUTE, latencyMs: 50 } });
  await bed.start('workers/main.js', { args: ['--role', 'pipeline'] });
  await bed.start('bridge/main.js');
  await bed.start('workers/main.js', { args: ['--role', 'llm'] });
  await bed.start('workers/main.js', { args: ['--role', 'llm'] });
  const { ids, records } = numbered('m', 150);
  await bed.sendAll(records);
  await bed.ended(ids.length);
  expectOneResultEach(await takeAccount(bed), ids);
  expect((await limits())?.learned).toEqual({ requestsPerMinute: REQUESTS_PER_MINUTE });
  const { byStatus } = await bed.standIn.stats();
  expect(byStatus['429'] ?? 0).toBeLessThanOrEqual(4);
});

it('of three workers whose key is refused one probes for all, and its answer lets all go on', async () => {
  bed = await openPipelineBed('probed', { standIn: { errorMix: { reset: 1 } } });
  await startAllButLlm();
  await startLlmWorker();
  await startLlmWorker();
  await startLlmWorker();
  await sharing(3);
  const { ids, records } = numbered('m', 40);
  await bed.sendAll(records);
  await waitUntil('the breaker to open', async () => (await limits())?.open !== undefined);
  expect(await ctl('limits')).toMatch(/openai: no calls for .*, because of unavailable; the next probe in/);
  const opened = await total();
  await bed.standIn.configure({});
  await bed.ended(ids.length);
  expectOneResultEach(await takeAccount(bed), ids);
  expect((await limits())?.open).toBeUndefined();
  expect(opened).toBeLessThan(30);
});
