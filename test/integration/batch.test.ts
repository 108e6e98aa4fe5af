import type { PipelineProcess } from '../../dev/stack/pipeline-process.ts';
import { openBatchBed, type BatchBed } from '../support/batch-bed.ts';
import { headerText } from '../support/followed-topic.ts';
import { runCtl } from '../support/run-ctl.ts';
import { waitUntil } from '../../dev/wait-until.ts';

jest.setTimeout(180_000);

let bed: BatchBed;
let llm: PipelineProcess;

beforeAll(async () => {
  bed = await openBatchBed('batch');
  llm = await bed.startLlm();
});
afterAll(() => bed.close());
beforeEach(() => bed.nextBatches());

const workflowOf = (id: string) => bed.client.workflow.getHandle(`message:${bed.topics.input}:${id}`);
const ctl = (...args: readonly string[]) => runCtl(args, bed.env);

test('a batch that is made after the request for it has failed is found, and no second one is made', async () => {
  await bed.nextBatches({ breaksOffCreation: true, beforeCreationMs: 5_000 });
  const before = (await bed.batchesMade()).length;
  const ids = ['broken-off-0', 'broken-off-1'];
  await Promise.all(ids.map((id) => bed.sendMessage(id)));
  expect(await Promise.all(ids.map((id) => bed.resultMessageOf(id)))).toMatchObject([{ attempts: 1 }, { attempts: 1 }]);
  expect(await bed.answersOf(ids)).toEqual([1, 1]);
  expect(await bed.batchesMade()).toHaveLength(before + 1);
});

test('what an expired batch has not answered goes into the next one, and nothing is answered twice', async () => {
  await bed.nextBatches({ ends: 'expired', answeredShare: 0.5 });
  const before = (await bed.batchesMade()).length;
  const ids = ['expired-0', 'expired-1', 'expired-2', 'expired-3'];
  await Promise.all(ids.map((id) => bed.sendMessage(id)));
  await waitUntil('the expired batch', async () => (await bed.batchesMade())[before]?.status === 'expired');
  await bed.nextBatches();
  const attempts = await Promise.all(ids.map(async (id) => (await bed.resultMessageOf(id)).attempts));
  expect(attempts.toSorted()).toEqual([1, 1, 2, 2]);
  expect(await bed.answersOf(ids)).toEqual([1, 1, 1, 1]);
});

test('a line that the provider refuses is that message’s dead letter, and the others have their results', async () => {
  const bad = await bed.sendMessage('bad-line', { text: 'bad-line: [stand-in: 400]' });
  await bed.sendMessage('good-line');
  const letter = await bed.deadLetterOf(bad);
  expect(headerText(letter, 'dead-letter-failure-type')).toBe('Provider.BadRequest');
  expect(headerText(letter, 'dead-letter-attempts')).toBe('1');
  expect(await bed.resultMessageOf('good-line')).toMatchObject({
    status: 'completed',
    attempts: 1,
    provider: 'openai',
  });
});

test('requests that share a file with one that has it refused get through without it', async () => {
  await bed.nextBatches({ refusesText: 'poison' });
  const ids = ['beside-0', 'beside-1', 'beside-2', 'beside-3'];
  await Promise.all(ids.map((id) => bed.sendMessage(id)));
  await bed.sendMessage('spoiler', { text: 'spoiler: poison' });
  expect(await Promise.all(ids.map((id) => bed.resultMessageOf(id)))).toMatchObject(
    ids.map(() => ({ status: 'completed' })),
  );
  expect(await bed.answersOf([...ids, 'spoiler'])).toEqual([1, 1, 1, 1, 0]);
  await ctl('cancel', 'spoiler');
  await waitUntil('its end', async () => (await workflowOf('spoiler').describe()).status.name !== 'RUNNING');
});

test('an answer that does not hold is asked again in another batch, and a failing line tried again', async () => {
  await bed.sendMessage('asked-again', { type: 'classify', text: 'asked-again: [stand-in: invalid-json]' });
  await bed.sendMessage('tried-again', { text: 'tried-again: [stand-in: 503]' });
  expect(await bed.resultMessageOf('asked-again')).toMatchObject({ attempts: 2 });
  expect(await bed.resultMessageOf('tried-again')).toMatchObject({ attempts: 2 });
  expect(await bed.answersOf(['tried-again'])).toEqual([2]);
  const asked = (await bed.standIn.calls()).filter(({ prompt }) => prompt.includes('asked-again'));
  expect(asked.map(({ batch }) => batch)).toEqual([true, true]);
});

test('a type that is not marked is called for at once', async () => {
  const value = { id: 'chat', type: 'chat', payload: { messages: [{ role: 'user', content: 'chat: hello' }] } };
  await bed.send({ value: JSON.stringify(value) });
  await bed.resultMessageOf('chat');
  const calls = (await bed.standIn.calls()).filter(({ prompt }) => prompt.includes('chat: hello'));
  expect(calls.map(({ batch }) => batch)).toEqual([false]);
});

test('a cancelled message leaves its batch, and a batch that all have left is cancelled', async () => {
  await bed.nextBatches({ durationMs: 3_600_000 });
  const before = (await bed.batchesMade()).length;
  const sources = await Promise.all([bed.sendMessage('leaving-0'), bed.sendMessage('leaving-1')]);
  const statusNow = async () => (await bed.batchesMade())[before]?.status;
  await waitUntil('the batch', async () => (await statusNow()) === 'in_progress');
  const { id } = (await bed.batchesMade())[before]!;
  await waitUntil('both to say what they wait for', async () => {
    const shown = await Promise.all(['leaving-0', 'leaving-1'].map((message) => ctl('show', message)));
    return shown.every((text) => text.includes(`waiting for batch ${id}`));
  });
  expect(await ctl('list', '--state', 'waiting-for-batch')).toContain('leaving-0');

  await ctl('cancel', 'leaving-0');
  expect(headerText(await bed.deadLetterOf(sources[0]), 'dead-letter-failure-type')).toBe('Cancelled');
  expect(await statusNow()).toBe('in_progress');
  await ctl('cancel', 'leaving-1');
  expect(headerText(await bed.deadLetterOf(sources[1]), 'dead-letter-failure-type')).toBe('Cancelled');
  await waitUntil('the end of the batch', async () => (await statusNow()) === 'cancelled');
  expect(await bed.answersOf(['leaving-0', 'leaving-1'])).toEqual([0, 0]);
});

test('a message that is cancelled while its batch is gathered is in none', async () => {
  await llm.kill();
  llm = await bed.startLlm({ LLM_BATCH_WINDOW: '1m' });
  const before = (await bed.standIn.batches()).uploads;
  const source = await bed.sendMessage('hasty');
  await waitUntil('the message to be gathered', () => isGathered('hasty'));
  await workflowOf('hasty').cancel();
  expect(headerText(await bed.deadLetterOf(source), 'dead-letter-failure-type')).toBe('Cancelled');
  expect((await bed.standIn.batches()).uploads).toBe(before);
});

test('a worker that is asked to stop makes a batch of what it has gathered, and needs no retry', async () => {
  const before = (await bed.batchesMade()).length;
  await bed.sendMessage('last-minute');
  await waitUntil('the message to be gathered', () => isGathered('last-minute'));
  expect(await llm.stop()).toBe(0);
  expect(await bed.batchesMade()).toHaveLength(before + 1);
  llm = await bed.startLlm();
  expect(await bed.resultMessageOf('last-minute')).toMatchObject({ attempts: 1 });
  expect(await bed.answersOf(['last-minute'])).toEqual([1]);
});

async function isGathered(id: string): Promise<boolean> {
  return (await ctl('show', id)).includes('running, attempt 1');
}
