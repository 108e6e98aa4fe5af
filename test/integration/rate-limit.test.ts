import { expectOneResultEach, numbered, takeAccount } from '../support/accounting.ts';
import { openPipelineBed, type PipelineBed } from '../support/pipeline-bed.ts';
import { waitUntil } from '../support/wait-until.ts';

jest.setTimeout(90_000);

/** The stand-in refuses what is above this, also in any one second. */
const REQUESTS_PER_MINUTE = 600;

let bed: PipelineBed;
beforeAll(async () => {
  bed = await openPipelineBed('rate', { standIn: { requestsPerMinute: REQUESTS_PER_MINUTE, latencyMs: 50 } });
});
afterAll(() => bed.close());

it('a backlog meets the limit without a refusal, and never above twelve calls in a second', async () => {
  const { ids, records } = numbered('m', 60);
  // Before the process starts: the burst, if there is one, comes with the first poll.
  await bed.sendAll(records);
  await bed.start('main.js', { env: { LLM_REQUESTS_PER_MINUTE: String(REQUESTS_PER_MINUTE) } });
  await bed.ended(ids.length);

  expectOneResultEach(await takeAccount(bed), ids);
  const { byStatus, maxStartsInOneSecond } = await bed.standIn.stats();
  expect(byStatus).toEqual({ '200': ids.length });
  expect(maxStartsInOneSecond).toBeLessThanOrEqual(12);
});

it('a 429 to one message holds all back for as long as the provider asks', async () => {
  const bedOfOne = await openPipelineBed('pause');
  try {
    // One call at a time: no other has its permit already when the answer comes.
    await bedOfOne.start('main.js', { env: { LLM_MAX_CONCURRENCY: '1' } });
    const send = (text: string) => bedOfOne.send({ value: JSON.stringify({ type: 'summarize', payload: { text } }) });
    await send('First. [stand-in: 429 retry-after=3]');
    const refused = await waitUntil('the refusal', async () =>
      (await bedOfOne.standIn.calls()).find(({ status }) => status === 429),
    );
    await send('Second.');
    await bedOfOne.ended(2);
    const [, ...later] = await bedOfOne.standIn.calls();
    expect(later).toHaveLength(2);
    for (const { startedAt } of later) expect(startedAt - refused.endedAt!).toBeGreaterThanOrEqual(2_900);
  } finally {
    await bedOfOne.close();
  }
});
