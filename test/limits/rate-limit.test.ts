import { expectOneResultEach, numbered, takeAccount } from '../support/accounting.ts';
import { headerText } from '../support/followed-topic.ts';
import { openPipelineBed, type PipelineBed } from '../support/pipeline-bed.ts';
import { waitUntil } from '../../dev/wait-until.ts';

jest.setTimeout(90_000);

/** The stand-in refuses what is above this, also in any one second. */
const REQUESTS_PER_MINUTE = 600;

let bed: PipelineBed;
afterEach(() => bed.close());

it('a backlog meets the limit without a refusal, and never above twelve calls in a second', async () => {
  bed = await openPipelineBed('rate', { standIn: { requestsPerMinute: REQUESTS_PER_MINUTE, latencyMs: 50 } });
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

it('a backlog meets the limit on tokens without a refusal', async () => {
  const tokensPerMinute = 60_000;
  bed = await openPipelineBed('tokens', { standIn: { tokensPerMinute, latencyMs: 50 } });
  const payload = {
    text: 'A parcel came with a broken lid and the shop does not answer.',
    labels: ['praise', 'complaint'],
  };
  const ids = Array.from({ length: 100 }, (_, index) => `t-${String(index)}`);
  await bed.sendAll(ids.map((id) => ({ value: JSON.stringify({ id, type: 'classify', payload }) })));
  await bed.start('main.js', { env: { LLM_TOKENS_PER_MINUTE: String(tokensPerMinute) } });
  await bed.ended(ids.length);

  expectOneResultEach(await takeAccount(bed), ids);
  expect((await bed.standIn.stats()).byStatus).toEqual({ '200': ids.length });
});

it('a request above the whole limit on tokens is no call, and a dead letter that says so', async () => {
  bed = await openPipelineBed('few-tokens');
  await bed.start('main.js', { env: { LLM_TOKENS_PER_MINUTE: '300' } });
  const text = 'This text is short, but its summary may take more.';
  await bed.send({ value: JSON.stringify({ id: 'large', type: 'summarize', payload: { text } }) });
  await bed.ended(1);
  const [deadLetter] = await bed.deadLetters.toEnd();
  expect(headerText(deadLetter!, 'dead-letter-failure-type')).toBe('Provider.ContextLength');
  expect(headerText(deadLetter!, 'dead-letter-failure-message')).toContain('the limit is 300 a minute');
  expect((await bed.standIn.stats()).total).toBe(0);
});

it('a 429 to one message holds all back for as long as the provider asks', async () => {
  bed = await openPipelineBed('pause');
  // One call at a time: no other has its permit already when the answer comes.
  await bed.start('main.js', { env: { LLM_MAX_CONCURRENCY: '1' } });
  const send = (text: string) => bed.send({ value: JSON.stringify({ type: 'summarize', payload: { text } }) });
  await send('First. [stand-in: 429 retry-after=3]');
  const refused = await waitUntil('the refusal', async () =>
    (await bed.standIn.calls()).find(({ status }) => status === 429),
  );
  await send('Second.');
  await bed.ended(2);
  const [, ...later] = await bed.standIn.calls();
  expect(later).toHaveLength(2);
  for (const { startedAt } of later) expect(startedAt - refused.endedAt!).toBeGreaterThanOrEqual(2_900);
});
