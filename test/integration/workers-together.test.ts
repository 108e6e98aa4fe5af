import { SEARCH_ATTRIBUTES } from '../../contracts/search-attributes.ts';
import { expectOneResultEach, numbered, takeAccount } from '../support/accounting.ts';
import { openSharedLimitBed, type SharedLimitBed } from '../support/shared-limit-bed.ts';
import { waitUntil } from '../../dev/wait-until.ts';

jest.setTimeout(120_000);

let bed: SharedLimitBed;
afterEach(() => bed.close());

it('a worker that stops leaves its share to the others at once', async () => {
  bed = await openSharedLimitBed('leaving');
  await bed.startAllButLlm();
  await bed.startLlmWorker();
  const second = await bed.startLlmWorker();
  await bed.sharing(2);
  await second.stop();
  // Nobody is held back: its lease would last six seconds and a half.
  await waitUntil('the other one to have everything', async () => (await bed.shares()).join() === '1', {
    timeoutMs: 4_000,
  });
});

it('an operator pauses a provider: no more calls in any worker, until it is resumed', async () => {
  bed = await openSharedLimitBed('paused', { standIn: { latencyMs: 50 } });
  await bed.startAllButLlm();
  const workers = [await bed.startLlmWorker(), await bed.startLlmWorker()];
  await bed.sharing(2);
  const { ids, records } = numbered('m', 200);
  await bed.sendAll(records);
  await waitUntil('the first calls', async () => (await bed.total()) > 5);
  await bed.ctl('pause', 'provider');
  expect(await bed.ctl('limits')).toContain('openai: paused by an operator: no calls');
  // At most what is under way, or has its permit, and then none.
  const after = await waitUntil('calls to stop', async () => {
    const before = await bed.total();
    const held = await bed.client.workflow.count("WorkflowType = 'processMessage' AND ExecutionStatus = 'Running'");
    return held.count === ids.length - before && before;
  });
  expect(after).toBeLessThan(100);
  const { typedSearchAttributes } = await bed.client.workflow.getHandle('rate-budget:openai').describe();
  expect(typedSearchAttributes.get(SEARCH_ATTRIBUTES.pipelineState)).toBe('paused');
  await bed.ctl('resume', 'provider');
  await bed.ended(ids.length);
  expectOneResultEach(await takeAccount(bed), ids);

  // With nothing to do, polls wait with their permits.
  await bed.ctl('pause', 'provider');
  await waitUntil('both workers to know', async () => {
    const states = await Promise.all(workers.map(async ({ metricsUrl }) => (await fetch(metricsUrl)).text()));
    return states.every((text) => /^pipeline_llm_breaker_state\{.*\} 3$/m.test(text));
  });
  const calls = await bed.total();
  const held = numbered('held', 5);
  await bed.sendAll(held.records);
  for (const id of held.ids) {
    const message = bed.client.workflow.getHandle(`message:${bed.topics.input}:${id}`);
    await waitUntil(`${id} to wait for its call`, async () => {
      const description = await message.describe().catch(() => undefined);
      return (description?.raw.pendingActivities ?? []).length > 0;
    });
  }
  expect(await bed.total()).toBe(calls);
  await bed.ctl('resume', 'provider');
  await bed.ended(ids.length + held.ids.length);
  expect(await bed.total()).toBe(calls + held.ids.length);
});

it('of three workers whose key is refused one probes for all, and its answer lets all go on', async () => {
  bed = await openSharedLimitBed('probed', { standIn: { errorMix: { reset: 1 } } });
  await bed.startAllButLlm();
  await bed.startLlmWorker();
  await bed.startLlmWorker();
  await bed.startLlmWorker();
  await bed.sharing(3);
  const { ids, records } = numbered('m', 40);
  await bed.sendAll(records);
  await waitUntil('the breaker to open', async () => (await bed.limits())?.open !== undefined);
  expect(await bed.ctl('limits')).toMatch(/openai: no calls for .*, because of unavailable; the next probe in/);
  const opened = await bed.total();
  await bed.standIn.configure({});
  await bed.ended(ids.length);
  expectOneResultEach(await takeAccount(bed), ids);
  expect((await bed.limits())?.open).toBeUndefined();
  expect(opened).toBeLessThan(30);
});
