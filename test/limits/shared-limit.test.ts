import type { PipelineProcess } from '../../dev/stack/pipeline-process.ts';
import { expectOneResultEach, numbered, takeAccount } from '../support/accounting.ts';
import { openSharedLimitBed, REQUESTS_PER_MINUTE, type SharedLimitBed } from '../support/shared-limit-bed.ts';
import { waitUntil } from '../../dev/wait-until.ts';

jest.setTimeout(120_000);

let bed: SharedLimitBed;
afterEach(() => bed.close());

it('three workers meet one limit together without a refusal, in turns, and one that dies or comes changes little', async () => {
  bed = await openSharedLimitBed('shared', { standIn: { requestsPerMinute: REQUESTS_PER_MINUTE, latencyMs: 50 } });
  await bed.startAllButLlm();
  const workers: PipelineProcess[] = [
    await bed.startLlmWorker(),
    await bed.startLlmWorker(),
    await bed.startLlmWorker(),
  ];
  for (const share of await bed.sharing(3)) expect(share).toBeCloseTo((1 - 2 / REQUESTS_PER_MINUTE) / 3);

  const { ids, records } = numbered('m', 250);
  await bed.sendAll(records);
  await waitUntil('a third of the calls', async () => (await bed.standIn.stats()).total > 80, { timeoutMs: 30_000 });
  await workers[0]?.kill();
  await bed.startLlmWorker();
  await bed.ended(ids.length);

  expectOneResultEach(await takeAccount(bed), ids);
  const { byStatus, maxStartsInOneSecond } = await bed.standIn.stats();
  expect(byStatus['429']).toBeUndefined();
  expect(maxStartsInOneSecond).toBeLessThanOrEqual(12);
  await bed.sharing(3);
});

it('a 429 to one worker holds back the others within a second', async () => {
  bed = await openSharedLimitBed('told');
  await bed.startAllButLlm();
  // One call at a time in each: none has its permit already when the answer comes.
  for (let worker = 0; worker < 3; worker++) await bed.startLlmWorker({ LLM_MAX_CONCURRENCY: '1' });
  await bed.sharing(3);
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

it('limits that an operator sets hold within seconds, and until they are reset', async () => {
  bed = await openSharedLimitBed('set', { standIn: { latencyMs: 10 } });
  await bed.startAllButLlm();
  await bed.startLlmWorker();
  await bed.sharing(1);
  const { ids, records } = numbered('m', 150);
  await bed.ctl('limits', 'set', '--requests-per-minute', '3000');
  await bed.sendAll(records);
  // At the 600 that are configured it would take fifteen seconds.
  await waitUntil('all to be called', async () => (await bed.total()) >= ids.length, { timeoutMs: 10_000 });
  expect((await bed.standIn.stats()).maxStartsInOneSecond).toBeGreaterThan(30);
  await bed.ctl('limits', 'reset');
  await waitUntil(
    'what is configured',
    async () => (await bed.limits())?.rates.requestsPerMinute === REQUESTS_PER_MINUTE,
  );
});

it('limits that nobody configured are learned from the first answer, by all workers', async () => {
  const standIn = { requestsPerMinute: REQUESTS_PER_MINUTE, latencyMs: 50 };
  bed = await openSharedLimitBed('learned', { standIn, env: {} });
  await bed.startAllButLlm();
  await bed.startLlmWorker();
  await bed.startLlmWorker();
  const { ids, records } = numbered('m', 150);
  await bed.sendAll(records);
  await bed.ended(ids.length);
  expectOneResultEach(await takeAccount(bed), ids);
  expect((await bed.limits())?.learned).toEqual({ requestsPerMinute: REQUESTS_PER_MINUTE });
  const { byStatus } = await bed.standIn.stats();
  expect(byStatus['429'] ?? 0).toBeLessThanOrEqual(4);
});
