import type { PipelineProcess } from '../../dev/stack/pipeline-process.ts';
import { expectOneResultEach, numbered, takeAccount } from '../support/accounting.ts';
import { openBatchBed, type BatchBed } from '../support/batch-bed.ts';
import { waitUntil } from '../../dev/wait-until.ts';

jest.setTimeout(300_000);

let bed: BatchBed;
let llm: PipelineProcess;
const sent: string[] = [];

beforeAll(async () => {
  bed = await openBatchBed('batch-crash');
  llm = await bed.startLlm();
});
afterAll(() => bed.close());
beforeEach(() => bed.nextBatches());

const workflowOf = (id: string) => bed.client.workflow.getHandle(`message:${bed.topics.input}:${id}`);

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
    await bed.nextBatches({ beforeCreationMs: 45_000 });
    const { ids, records } = numbered('uploaded', 100);
    await bed.sendAll(records);
    sent.push(...ids);
    // All of them: for what was claimed and never asked for, its messages would look three minutes long.
    const areBeingMade = async () => (await bed.standIn.batches()).creating === ids.length;
    await waitUntil('all to be in batches that are being made', areBeingMade);
    await llm.kill();
    expect(await bed.batchesMade()).toEqual([]);
    await bed.nextBatches();
    llm = await bed.startLlm();
    await bed.ended(sent.length, { timeoutMs: 240_000 });
    const haveEnded = async () => {
      const { batches, creating } = await bed.standIn.batches();
      return creating === 0 && batches.every(({ status }) => status === 'completed');
    };
    await waitUntil('the end of all batches, late ones too', haveEnded, { timeoutMs: 60_000 });

    expectOneResultEach(await takeAccount(bed), sent);
    expect(await bed.answersOf(ids)).toEqual(ids.map(() => 1));
    for (const { usage, cost } of await Promise.all(ids.map((id) => bed.resultMessageOf(id)))) {
      const inFull = (usage.inputTokens * 0.15 + usage.outputTokens * 0.6) / 1e6;
      expect(cost).toEqual({ amount: expect.closeTo(inFull / 2, 8) as number, currency: 'USD' });
    }
  });

  test('between the creation of a batch and the news of it: each is answered once, by that batch', async () => {
    await bed.nextBatches({ afterCreationMs: 60_000 });
    const before = (await bed.batchesMade()).length;
    const { ids, records } = numbered('created', 100);
    await bed.sendAll(records);
    sent.push(...ids);
    const made = await waitUntil('all to be in batches', async () => {
      const all = (await bed.batchesMade()).slice(before);
      return all.reduce((sum, { request_counts: { total } }) => sum + total, 0) === ids.length && all;
    });
    await llm.kill();
    // Who then looks for the batch does not get through at first, and must not take that for an answer.
    await bed.standIn.configure({ down: true });
    llm = await bed.startLlm();
    await waitUntil('a look for the batch that failed', () => lookedInVain(ids), { timeoutMs: 60_000, everyMs: 500 });
    await bed.nextBatches();
    await bed.ended(sent.length, { timeoutMs: 240_000 });

    expectOneResultEach(await takeAccount(bed), sent);
    expect(await bed.answersOf(ids)).toEqual(ids.map(() => 1));
    const batches = (await bed.batchesMade()).slice(before);
    expect(batches.map(({ id }) => id)).toEqual(expect.arrayContaining(made.map(({ id }) => id)));
    expect(batches.reduce((sum, { request_counts: { completed } }) => sum + completed, 0)).toBe(ids.length);
  });
});
