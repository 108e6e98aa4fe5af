import { randomUUID } from 'node:crypto';
import { ApplicationFailure, type Client, type WorkflowHandle } from '@temporalio/client';
import {
  BATCH_ENDED,
  PROVIDER_BATCH,
  type BatchResult,
  type ReadBatchAnswerInput,
  type SubmitToBatchInput,
} from '../../contracts/batch.ts';
import type { CompleteInput, PublishInput, RejectedAnswer } from '../../contracts/pipeline.ts';
import { SEARCH_ATTRIBUTES } from '../../contracts/search-attributes.ts';
import { anAcceptedAnswer as accepted, aProcessMessageInput } from '../support/messages.ts';
import { timersIn } from '../support/timers.ts';
import { connectTestClient, runWorkflowWorkers, type TestActivities } from '../support/workflow-workers.ts';
import { waitUntil } from '../../dev/wait-until.ts';

let client: Client;
let close: () => Promise<void>;
beforeAll(async () => {
  ({ client, close } = await connectTestClient());
});
afterAll(() => close());

interface Stage {
  /** Starts a message of a type that goes in batches. */
  readonly start: () => Promise<WorkflowHandle>;
  /** Starts the workflow of a batch, or tells it who joins. */
  readonly join: (batchId: string, messages: readonly WorkflowHandle[]) => Promise<WorkflowHandle>;
  readonly published: PublishInput[];
}

/** Runs messages with the given activities in place of the real ones. */
async function onStage(overrides: Partial<TestActivities>, play: (stage: Stage) => Promise<void>) {
  const published: PublishInput[] = [];
  const activities: TestActivities = {
    validate: async () => ({ type: 'summarize' }),
    preprocess: async () => ({
      kind: 'completion',
      request: { messages: [{ role: 'user', content: 'Summarize' }], maxOutputTokens: 100 },
      timeoutMs: 60_000,
      batch: true,
    }),
    publish: async (input) => {
      published.push(input);
      return { topic: 't', partition: 0, offset: '0' };
    },
    submitToBatch: async () => ({ kind: 'ticket' as const, provider: 'p', batchId: 'b-1', customId: 'c' }),
    readBatchAnswer: async () => ({ ...accepted, batch: true }),
    pollBatch: async () => ({ description: 'completed' }),
    cancelBatch: async () => undefined,
    ...overrides,
  };
  await runWorkflowWorkers({ client, activities }, (taskQueue) =>
    play({
      published,
      start: () =>
        client.workflow.start('processMessage', {
          taskQueue,
          workflowId: `message:test:${randomUUID()}`,
          args: [aProcessMessageInput()],
        }),
      join: (batchId, messages) =>
        client.workflow.signalWithStart(PROVIDER_BATCH.workflowType, {
          taskQueue,
          workflowId: PROVIDER_BATCH.workflowId('p', batchId),
          args: [{ batchId }],
          signal: PROVIDER_BATCH.join,
          signalArgs: [messages.map((message) => ({ workflowId: message.workflowId, runId: runIdOf(message) }))],
        }),
    }),
  );
}

const runIdOf = (handle: WorkflowHandle) =>
  (handle as WorkflowHandle & { firstExecutionRunId: string }).firstExecutionRunId;

const standsAt = (handle: WorkflowHandle, details: string) =>
  waitUntil(`"${details}"`, async () => {
    const metadata = await handle.query<{ currentDetails?: string }>('__temporal_workflow_metadata');
    return metadata.currentDetails === details;
  });

test('a message of such a type waits, findable, for the end of its batch and publishes what that brought', async () => {
  const asked: ReadBatchAnswerInput[] = [];
  const readBatchAnswer: TestActivities['readBatchAnswer'] = async (input) => {
    asked.push(input);
    return { ...accepted, batch: true };
  };
  await onStage({ readBatchAnswer }, async ({ start, published }) => {
    const message = await start();
    await standsAt(message, 'waiting for batch b-1 of p');
    const { typedSearchAttributes } = await message.describe();
    expect(typedSearchAttributes.get(SEARCH_ATTRIBUTES.pipelineState)).toBe('waiting-for-batch');
    expect(asked).toEqual([]);
    await message.signal(BATCH_ENDED, 'another');
    await message.signal(BATCH_ENDED, 'b-1');
    await message.result();
    expect(asked).toMatchObject([{ type: 'summarize', ticket: { batchId: 'b-1', customId: 'c' } }]);
    // The record's shape is frozen: the price is not in it.
    expect(published).toMatchObject([{ kind: 'result', result: { output: { summary: 'short' } } }]);
    expect(published[0]).not.toHaveProperty('result.batch');
  });
});

test('what is too long for the provider of the batches is asked of the next one in a call of its own, as is its re-ask', async () => {
  const calls: CompleteInput[] = [];
  const long = { ...accepted, provider: 'large', degraded: true } as const;
  const rejected = { kind: 'rejected', reason: 'invalid', text: '{', problem: 'no JSON', paidAttempts: 1 } as const;
  const before = { attempts: 1, paidAttempts: 0 };
  const activities: Partial<TestActivities> = {
    submitToBatch: async () => ({ kind: 'ticket' as const, provider: 'p', batchId: 'b-7', customId: 'c' }),
    readBatchAnswer: async () => ({ kind: 'too-long', next: 'large', ...before }),
    complete: async (input) => {
      calls.push(input);
      return calls.length === 1 ? { ...long, ...rejected, attempts: 2 } : { ...long, attempts: 3 };
    },
  };
  await onStage(activities, async ({ start, published }) => {
    const message = await start();
    await standsAt(message, 'waiting for batch b-7 of p');
    await message.signal(BATCH_ENDED, 'b-7');
    await message.result();
    expect(calls).toMatchObject([{ provider: 'large', before }, { rejected: { provider: 'large', attempts: 2 } }]);
    expect(published).toMatchObject([{ result: { provider: 'large', degraded: true, attempts: 3 } }]);
    // Nobody who looks for messages in batches finds it.
    const { typedSearchAttributes } = await message.describe();
    expect(typedSearchAttributes.get(SEARCH_ATTRIBUTES.pipelineState)).toBeUndefined();
  });
});

test('a message whose budget is still used up when it asks for a batch again is parked again', async () => {
  let asked = 0;
  const submitToBatch: TestActivities['submitToBatch'] = async () => {
    asked += 1;
    const until = Date.now() + (asked === 1 ? 300 : 3_600_000);
    return { kind: 'parked', until, because: 'all spent', attempts: 0, paidAttempts: 0 };
  };
  await onStage({ submitToBatch }, async ({ start }) => {
    const message = await start();
    await waitUntil('the second wait', async () => timersIn(await message.fetchHistory()).length === 2);
    const { typedSearchAttributes } = await message.describe();
    await message.cancel();
    await expect(message.result()).rejects.toThrow();
    expect(typedSearchAttributes.get(SEARCH_ATTRIBUTES.pipelineState)).toBe('parked');
  });
});

test('news of the end that come before the message knows its batch are not lost', async () => {
  let submitting = false;
  let release = () => {};
  const gate = new Promise<void>((resolve) => (release = resolve));
  const submitToBatch = async () => {
    submitting = true;
    await gate;
    return { kind: 'ticket' as const, provider: 'p', batchId: 'b-2', customId: 'c' };
  };
  await onStage({ submitToBatch }, async ({ start }) => {
    const message = await start();
    await waitUntil('the submission', () => submitting);
    await message.signal(BATCH_ENDED, 'b-2');
    release();
    expect(await message.result()).toMatchObject({ status: 'completed' });
  });
});

/** Plays a message whose first batch brings this, and the second one its answer. @returns what was submitted */
async function inTwoBatches(first: BatchResult): Promise<SubmitToBatchInput[]> {
  const submitted: SubmitToBatchInput[] = [];
  await onStage(
    {
      submitToBatch: async (input) => {
        submitted.push(input);
        return { kind: 'ticket' as const, provider: 'p', batchId: `b-${String(submitted.length)}`, customId: 'c' };
      },
      readBatchAnswer: async ({ ticket }) => (ticket.batchId === 'b-1' ? first : { ...accepted, batch: true }),
    },
    async ({ start }) => {
      const message = await start();
      await message.signal(BATCH_ENDED, 'b-1');
      await message.signal(BATCH_ENDED, 'b-2');
      await message.result();
    },
  );
  return submitted;
}

test('a request without an answer goes into another batch, with the count of what was spent', async () => {
  const submitted = await inTwoBatches({ kind: 'again', because: 'it expired', attempts: 1, paidAttempts: 1 });
  expect(submitted.map(({ before }) => before)).toEqual([
    { attempts: 0, paidAttempts: 0 },
    { attempts: 1, paidAttempts: 1 },
  ]);
});

test('a request whose batches are refused says how many were, so that it is gathered apart', async () => {
  const again = { kind: 'again', because: 'it was refused', attempts: 1, paidAttempts: 0, refused: true } as const;
  expect((await inTwoBatches(again)).map(({ refused }) => refused)).toEqual([0, 1]);
});

test('an answer that does not hold is asked again in a batch, and a fault of the line’s own is a dead letter', async () => {
  const rejected: RejectedAnswer = {
    ...accepted,
    ...{ kind: 'rejected', reason: 'invalid', text: '{', problem: 'no JSON', paidAttempts: 1, batch: true },
  };
  const submitted: SubmitToBatchInput[] = [];
  await onStage(
    {
      submitToBatch: async (input) => {
        submitted.push(input);
        return { kind: 'ticket' as const, provider: 'p', batchId: `b-${String(submitted.length)}`, customId: 'c' };
      },
      readBatchAnswer: async (input) => {
        if (input.rejected === undefined) return rejected;
        throw ApplicationFailure.create({
          type: 'Provider.BadRequest',
          nonRetryable: true,
          details: [{ attempts: 2 }],
        });
      },
    },
    async ({ start, published }) => {
      const message = await start();
      await message.signal(BATCH_ENDED, 'b-1');
      await waitUntil('the second submission', () => submitted.length === 2);
      await message.signal(BATCH_ENDED, 'b-2');
      await expect(message.result()).rejects.toThrow();
      expect(submitted[1]).toMatchObject({ rejected, before: { attempts: 1, paidAttempts: 1 } });
      expect(published).toMatchObject([{ kind: 'dead-letter', failure: { type: 'Provider.BadRequest', attempts: 2 } }]);
    },
  );
});

test('the workflow of a batch tells every message in it when it has ended, also those that join late', async () => {
  let hasEnded = false;
  const pollBatch = async () => {
    if (!hasEnded) throw ApplicationFailure.create({ type: 'Provider.BatchRunning', nextRetryDelay: 200 });
    return { description: 'completed' };
  };
  const batchId = randomUUID();
  const submitToBatch = async () => ({ kind: 'ticket' as const, provider: 'p', batchId, customId: 'c' });
  await onStage({ pollBatch, submitToBatch }, async ({ start, join }) => {
    const [first, second, gone, late] = await Promise.all([start(), start(), start(), start()]);
    await gone.terminate();
    await join(batchId, [gone, first]);
    const batch = await join(batchId, [second]);
    hasEnded = true;
    await Promise.all([first.result(), second.result(), batch.result()]);
    await (await join(batchId, [late])).result();
    expect(await late.result()).toMatchObject({ status: 'completed' });
    // Asking for hours is no event.
    expect((await batch.describe()).historyLength).toBeLessThan(40);
  });
});

test('a message that is cancelled leaves its batch, and the last one to leave has it cancelled', async () => {
  const cancelled: string[] = [];
  const pollBatch = async () => {
    if (cancelled.length === 0) throw ApplicationFailure.create({ type: 'Provider.BatchRunning', nextRetryDelay: 200 });
    return { description: 'cancelled' };
  };
  const cancelBatch: TestActivities['cancelBatch'] = async (batch) => void cancelled.push(batch.batchId);
  const batchId = randomUUID();
  const submitToBatch = async () => ({ kind: 'ticket' as const, provider: 'p', batchId, customId: 'c' });
  await onStage({ pollBatch, cancelBatch, submitToBatch }, async ({ start, join, published }) => {
    const [first, last] = await Promise.all([start(), start()]);
    const batch = await join(batchId, [first, last]);
    await standsAt(first, `waiting for batch ${batchId} of p`);
    await first.cancel();
    await expect(first.result()).rejects.toThrow();
    expect(cancelled).toEqual([]);
    await last.cancel();
    await expect(last.result()).rejects.toThrow();
    await batch.result();
    expect(cancelled).toEqual([batchId]);
    expect(published.map((input) => input.kind === 'dead-letter' && input.failure.type)).toEqual([
      'Cancelled',
      'Cancelled',
    ]);
  });
});
