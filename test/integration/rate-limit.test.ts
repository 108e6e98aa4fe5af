import { expectOneResultEach, numbered, takeAccount } from '../support/accounting.ts';
import { headerText } from '../support/followed-topic.ts';
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

it('a backlog meets the limit on tokens without a refusal', async () => {
  const tokensPerMinute = 60_000;
  const bedOfTokens = await openPipelineBed('tokens', { standIn: { tokensPerMinute, latencyMs: 50 } });
  try {
    const payload = {
      text: 'A parcel came with a broken lid and the shop does not answer.',
      labels: ['praise', 'complaint'],
    };
    const ids = Array.from({ length: 100 }, (_, index) => `t-${String(index)}`);
    await bedOfTokens.sendAll(ids.map((id) => ({ value: JSON.stringify({ id, type: 'classify', payload }) })));
    await bedOfTokens.start('main.js', { env: { LLM_TOKENS_PER_MINUTE: String(tokensPerMinute) } });
    await bedOfTokens.ended(ids.length);

    expectOneResultEach(await takeAccount(bedOfTokens), ids);
    expect((await bedOfTokens.standIn.stats()).byStatus).toEqual({ '200': ids.length });
  } finally {
    await bedOfTokens.close();
  }
});

it('a request above the whole limit on tokens is no call, and a dead letter that says so', async () => {
  const bedOfFew = await openPipelineBed('few-tokens');
  try {
    await bedOfFew.start('main.js', { env: { LLM_TOKENS_PER_MINUTE: '300' } });
    const text = 'This text is short, but its summary may take more.';
    await bedOfFew.send({ value: JSON.stringify({ id: 'large', type: 'summarize', payload: { text } }) });
    await bedOfFew.ended(1);
    const [deadLetter] = await bedOfFew.deadLetters.toEnd();
    expect(headerText(deadLetter!, 'dead-letter-failure-type')).toBe('Provider.ContextLength');
    expect(headerText(deadLetter!, 'dead-letter-failure-message')).toContain('LLM_TOKENS_PER_MINUTE is 300');
    expect((await bedOfFew.standIn.stats()).total).toBe(0);
  } finally {
    await bedOfFew.close();
  }
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
