import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { ResultMessage } from '../../contracts/pipeline.ts';
import type { PipelineProcess } from '../../dev/stack/pipeline-process.ts';
import { findProjectRoot } from '../../dev/stack/project-root.ts';
import type { StandInBehaviour } from '../../dev/standin/client.ts';
import { expectOneResultEach, numbered, takeAccount } from '../support/accounting.ts';
import { headerText } from '../support/followed-topic.ts';
import { openPipelineBed, type PipelineBed } from '../support/pipeline-bed.ts';
import { waitUntil } from '../../dev/wait-until.ts';

jest.setTimeout(300_000);

const LLM_ENV = {
  LLM_BATCH_WINDOW: '1s',
  LLM_BATCH_MAX_REQUESTS: '40',
  LLM_BATCH_POLL_INTERVAL: '1s',
  PRICES_FILE: join(findProjectRoot(), 'deploy/settings/prices.yaml'),
};
const BATCH_TYPES = { LLM_BATCH_TYPES: 'summarize,classify' };

let bed: PipelineBed;
let llm: PipelineProcess;
const sent: string[] = [];

const startLlm = (env: Readonly<Record<string, string>> = {}) =>
  bed.start('workers/main.js', { args: ['--role', 'llm'], env: { ...BATCH_TYPES, ...LLM_ENV, ...env } });
const workflowOf = (id: string) => bed.client.workflow.getHandle(`message:${bed.topics.input}:${id}`);
const batchesMade = async () => (await bed.standIn.batches()).batches;
const nextBatches = (batch: StandInBehaviour['batch'] = {}) =>
  bed.standIn.configure({ batch: { durationMs: 200, ...batch } });

beforeAll(async () => {
  bed = await openPipelineBed('batch');
  await bed.start('main.js', { env: { ...BATCH_TYPES, WORKER_ROLE: 'pipeline' } });
  llm = await startLlm();
});
afterAll(() => bed.close());
beforeEach(() => nextBatches());

async function send(id: string, { text = `${id}: a text to summarise.`, type = 'summarize' } = {}) {
  const payload = type === 'classify' ? { text, labels: ['one', 'other'] } : { text };
  return bed.send({ key: id, value: JSON.stringify({ id, type, payload }) });
}

async function resultOf(id: string): Promise<ResultMessage> {
  return JSON.parse(String((await bed.resultOf(id, { timeoutMs: 120_000 })).value)) as ResultMessage;
}

/** By the ledger: how often the provider answered each message, and that it was in batches only. */
async function answersOf(ids: readonly string[]): Promise<number[]> {
  const { calls } = await takeAccount(bed);
  const answers = ids.map((id) => calls.get(id) ?? []);
  expect(answers.flat().filter(({ batch }) => !batch)).toEqual([]);
  return answers.map((ofOne) => ofOne.length);
}

/** Whether a message that has its file recorded tried again since, and did not reach the provider. */
async function lookedInVain(ids: readonly string[]): Promise<boolean> {
  const runs = await Promise.all(ids.map((id) => workflowOf(id).describe()));
  return runs.some(({ raw }) =>
    raw.pendingActivities?.some(
      ({ heartbeatDetails, lastFailure }) =>
        heartbeatDetails && lastFailure?.applicationFailureInfo?.type === 'Provider.Unavailable',
    ),
  );
}

describe('200 messages, the llm worker killed (kill -9)', () => {
  test('between the upload of a file and the creation of its batch, which comes later: each is answered once', async () => {
    // Later than the worker's death is noticed, and its batch is looked for the first time.
    await nextBatches({ beforeCreationMs: 45_000 });
    const { ids, records } = numbered('uploaded', 100);
    await bed.sendAll(records);
    sent.push(...ids);
    // All of them: for what was claimed and never asked for, its messages would look three minutes long.
    await waitUntil('three batches that are being made', async () => (await bed.standIn.batches()).creating >= 3);
    await llm.kill();
    expect(await batchesMade()).toEqual([]);
    await nextBatches();
    llm = await startLlm();
    await bed.ended(sent.length, { timeoutMs: 240_000 });
    const haveEnded = async () => {
      const { batches, creating } = await bed.standIn.batches();
      return creating === 0 && batches.every(({ status }) => status === 'completed');
    };
    await waitUntil('the end of all batches, late ones too', haveEnded, { timeoutMs: 60_000 });

    expectOneResultEach(await takeAccount(bed), sent);
    expect(await answersOf(ids)).toEqual(ids.map(() => 1));
    for (const { usage, cost } of await Promise.all(ids.map(resultOf))) {
      const inFull = (usage.inputTokens * 0.15 + usage.outputTokens * 0.6) / 1e6;
      expect(cost).toEqual({ amount: expect.closeTo(inFull / 2, 8) as number, currency: 'USD' });
    }
  });

  test('between the creation of a batch and the news of it: each is answered once, by that batch', async () => {
    await nextBatches({ afterCreationMs: 60_000 });
    const before = (await batchesMade()).length;
    const { ids, records } = numbered('created', 100);
    await bed.sendAll(records);
    sent.push(...ids);
    const made = await waitUntil('two batches', async () => {
      const all = (await batchesMade()).slice(before);
      return all.length >= 2 && all;
    });
    await llm.kill();
    // Who then looks for the batch does not get through at first, and must not take that for an answer.
    await bed.standIn.configure({ down: true });
    llm = await startLlm();
    await waitUntil('a look for the batch that failed', () => lookedInVain(ids), { timeoutMs: 60_000, everyMs: 500 });
    await nextBatches();
    await bed.ended(sent.length, { timeoutMs: 240_000 });

    expectOneResultEach(await takeAccount(bed), sent);
    expect(await answersOf(ids)).toEqual(ids.map(() => 1));
    const batches = (await batchesMade()).slice(before);
    expect(batches.map(({ id }) => id)).toEqual(expect.arrayContaining(made.map(({ id }) => id)));
    expect(batches.reduce((sum, { request_counts: { completed } }) => sum + completed, 0)).toBe(ids.length);
  });
});

test('a batch that is made after the request for it has failed is found, and no second one is made', async () => {
  await nextBatches({ breaksOffCreation: true, beforeCreationMs: 5_000 });
  const before = (await batchesMade()).length;
  const ids = ['broken-off-0', 'broken-off-1'];
  await Promise.all(ids.map((id) => send(id)));
  expect(await Promise.all(ids.map(resultOf))).toMatchObject([{ attempts: 1 }, { attempts: 1 }]);
  expect(await answersOf(ids)).toEqual([1, 1]);
  expect(await batchesMade()).toHaveLength(before + 1);
});

test('what an expired batch has not answered goes into the next one, and nothing is answered twice', async () => {
  await nextBatches({ ends: 'expired', answeredShare: 0.5 });
  const before = (await batchesMade()).length;
  const ids = ['expired-0', 'expired-1', 'expired-2', 'expired-3'];
  await Promise.all(ids.map((id) => send(id)));
  await waitUntil('the expired batch', async () => (await batchesMade())[before]?.status === 'expired');
  await nextBatches();
  const attempts = await Promise.all(ids.map(async (id) => (await resultOf(id)).attempts));
  expect(attempts.toSorted()).toEqual([1, 1, 2, 2]);
  expect(await answersOf(ids)).toEqual([1, 1, 1, 1]);
});

test('a line that the provider refuses is that message’s dead letter, and the others have their results', async () => {
  const bad = await send('bad-line', { text: 'bad-line: [stand-in: 400]' });
  await send('good-line');
  const letter = await bed.deadLetterOf(bad);
  expect(headerText(letter, 'dead-letter-failure-type')).toBe('Provider.BadRequest');
  expect(headerText(letter, 'dead-letter-attempts')).toBe('1');
  expect(await resultOf('good-line')).toMatchObject({ status: 'completed', attempts: 1, provider: 'openai' });
});

test('requests that share a file with one that has it refused get through without it', async () => {
  await nextBatches({ refusesText: 'poison' });
  const ids = ['beside-0', 'beside-1', 'beside-2', 'beside-3'];
  await Promise.all(ids.map((id) => send(id)));
  await send('spoiler', { text: 'spoiler: poison' });
  expect(await Promise.all(ids.map(resultOf))).toMatchObject(ids.map(() => ({ status: 'completed' })));
  expect(await answersOf([...ids, 'spoiler'])).toEqual([1, 1, 1, 1, 0]);
  await ctl('cancel', 'spoiler');
  await waitUntil('its end', async () => (await workflowOf('spoiler').describe()).status.name !== 'RUNNING');
});

test('an answer that does not hold is asked again in another batch, and a failing line tried again', async () => {
  await send('asked-again', { type: 'classify', text: 'asked-again: [stand-in: invalid-json]' });
  await send('tried-again', { text: 'tried-again: [stand-in: 503]' });
  expect(await resultOf('asked-again')).toMatchObject({ attempts: 2 });
  expect(await resultOf('tried-again')).toMatchObject({ attempts: 2 });
  expect(await answersOf(['tried-again'])).toEqual([2]);
  const asked = (await bed.standIn.calls()).filter(({ prompt }) => prompt.includes('asked-again'));
  expect(asked.map(({ batch }) => batch)).toEqual([true, true]);
});

test('a type that is not marked is called for at once', async () => {
  const value = { id: 'chat', type: 'chat', payload: { messages: [{ role: 'user', content: 'chat: hello' }] } };
  await bed.send({ value: JSON.stringify(value) });
  await resultOf('chat');
  const calls = (await bed.standIn.calls()).filter(({ prompt }) => prompt.includes('chat: hello'));
  expect(calls.map(({ batch }) => batch)).toEqual([false]);
});

test('a cancelled message leaves its batch, and a batch that all have left is cancelled', async () => {
  await nextBatches({ durationMs: 3_600_000 });
  const before = (await batchesMade()).length;
  const sources = await Promise.all([send('leaving-0'), send('leaving-1')]);
  const statusNow = async () => (await batchesMade())[before]?.status;
  await waitUntil('the batch', async () => (await statusNow()) === 'in_progress');
  const { id } = (await batchesMade())[before]!;
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
  expect(await answersOf(['leaving-0', 'leaving-1'])).toEqual([0, 0]);
});

test('a message that is cancelled while its batch is gathered is in none', async () => {
  await llm.kill();
  llm = await startLlm({ LLM_BATCH_WINDOW: '1m' });
  const before = (await bed.standIn.batches()).uploads;
  const source = await send('hasty');
  await waitUntil('the message to be gathered', () => isGathered('hasty'));
  await workflowOf('hasty').cancel();
  expect(headerText(await bed.deadLetterOf(source), 'dead-letter-failure-type')).toBe('Cancelled');
  expect((await bed.standIn.batches()).uploads).toBe(before);
});

test('a worker that is asked to stop makes a batch of what it has gathered, and needs no retry', async () => {
  const before = (await batchesMade()).length;
  await send('last-minute');
  await waitUntil('the message to be gathered', () => isGathered('last-minute'));
  expect(await llm.stop()).toBe(0);
  expect(await batchesMade()).toHaveLength(before + 1);
  llm = await startLlm();
  expect(await resultOf('last-minute')).toMatchObject({ attempts: 1 });
  expect(await answersOf(['last-minute'])).toEqual([1]);
});

async function isGathered(id: string): Promise<boolean> {
  return (await ctl('show', id)).includes('running, attempt 1');
}

/** As an operator does, through the program. */
async function ctl(...args: readonly string[]): Promise<string> {
  const program = join(findProjectRoot(), 'dist/ctl/main.js');
  const { stdout } = await promisify(execFile)(process.execPath, [program, ...args], {
    env: { ...process.env, ...bed.env },
  });
  return stdout;
}
