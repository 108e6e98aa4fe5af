import { parseInvocation, runCommand } from '../../ctl/run-ctl.ts';
import type { PipelineProcess } from '../../dev/stack/pipeline-process.ts';
import { expectOneResultEach, numbered, takeAccount } from '../support/accounting.ts';
import { openPipelineBed, type PipelineBed } from '../support/pipeline-bed.ts';
import { waitUntil } from '../support/wait-until.ts';

jest.setTimeout(120_000);

const REQUESTS_PER_MINUTE = 600;
const env = { LLM_REQUESTS_PER_MINUTE: String(REQUESTS_PER_MINUTE) };

let bed: PipelineBed;
afterEach(() => bed.close());

const startLlmWorker = () => bed.start('workers/main.js', { args: ['--role', 'llm'], env });
/** The parts of the limits that workers hold, as operators are told. */
async function shares(): Promise<number[]> {
  const printed: string[] = [];
  const output = { result: (text: string) => printed.push(text), note: () => undefined, progress: () => undefined };
  const invocation = parseInvocation(['limits', '--json']);
  if (invocation.kind !== 'command') throw new Error('no command');
  const context = { client: bed.client, inputTopics: [], uiUrl: '', confirm: () => Promise.resolve(false), output };
  await runCommand(invocation, context);
  const [openai] = JSON.parse(printed.join('')) as { holders: { share: number }[] }[];
  return (openai?.holders ?? []).map(({ share }) => share);
}
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
  await waitUntil('the other one to have everything', async () => (await shares()).join() === '1', {
    timeoutMs: 2_500,
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
