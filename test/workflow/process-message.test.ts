import { ApplicationFailure, type Client, type WorkflowHandle } from '@temporalio/client';
import { RESUME_SIGNAL, type CompleteInput, type CompleteResult } from '../../contracts/pipeline.ts';
import { SEARCH_ATTRIBUTES } from '../../contracts/search-attributes.ts';
import { anAcceptedAnswer as accepted } from '../support/messages.ts';
import { aGate } from '../support/gate.ts';
import { callThatFails, endlessCall } from '../support/calls-in-workflows.ts';
import { prepared, runMessage } from '../support/run-message.ts';
import { timersIn } from '../support/timers.ts';
import { connectTestClient, type TestActivities } from '../support/workflow-workers.ts';
import { waitUntil } from '../../dev/wait-until.ts';

let client: Client;
let close: () => Promise<void>;
beforeAll(async () => {
  ({ client, close } = await connectTestClient());
});
afterAll(() => close());

const run = (overrides: Partial<TestActivities>, during?: (handle: WorkflowHandle) => Promise<void>) =>
  runMessage(client, overrides, during);

test('a message ends as one published result that names what made it', async () => {
  const { published, description, history } = await run({});
  expect(description.status.name).toBe('COMPLETED');
  expect(published).toHaveLength(1);
  expect(published[0]).toMatchObject({
    kind: 'result',
    workflowId: description.workflowId,
    runId: description.runId,
    result: {
      id: 'm-1',
      type: 'summarize',
      status: 'completed',
      output: { summary: 'short' },
      model: 'm',
      provider: 'p',
      usage: { inputTokens: 10, outputTokens: 3 },
      attempts: 1,
      examplesVersion: 'sha256-1',
      source: { topic: 'llm.requests', partition: 0, offset: '7' },
      metadata: { team: 'a' },
    },
  });
  expect(history.events?.length).toBeLessThanOrEqual(15);
});

test('a message that needs no model never reaches the provider', async () => {
  const calls: CompleteInput[] = [];
  const { published } = await run({
    preprocess: async () => ({ kind: 'output', output: { text: 'Hello Ada' } }),
    complete: async (input) => {
      calls.push(input);
      return accepted;
    },
  });
  expect(calls).toEqual([]);
  expect(published[0]).toMatchObject({
    result: { output: { text: 'Hello Ada' }, model: null, provider: null, attempts: 0 },
  });
});

test('an answer that does not hold is asked again once, with what was wrong', async () => {
  const calls: CompleteInput[] = [];
  const rejected: CompleteResult = {
    ...accepted,
    kind: 'rejected',
    reason: 'invalid',
    text: '{',
    problem: 'no JSON',
    paidAttempts: 1,
  };
  const { published } = await run({
    complete: async (input) => {
      calls.push(input);
      return calls.length === 1 ? rejected : { ...accepted, attempts: 2 };
    },
  });
  expect(calls).toHaveLength(2);
  expect(calls[1]?.rejected).toEqual(rejected);
  expect(published[0]).toMatchObject({ kind: 'result', result: { attempts: 2 } });
});

test('what is too long for one provider is asked of the next, also when the answer has to be asked again', async () => {
  const calls: CompleteInput[] = [];
  const long = { ...accepted, provider: 'large', degraded: true } as const;
  const rejected: CompleteResult = {
    ...long,
    ...{ kind: 'rejected', reason: 'invalid', text: '{', problem: 'no JSON', paidAttempts: 1, attempts: 2 },
  };
  const tooLong: CompleteResult = { kind: 'too-long', next: 'large', attempts: 1, paidAttempts: 0 };
  const { published } = await run({
    complete: async (input) => {
      calls.push(input);
      return [tooLong, rejected, { ...long, attempts: 3 }][calls.length - 1] ?? accepted;
    },
  });
  const before = { attempts: 1, paidAttempts: 0 };
  expect(calls.map((call) => [call.provider, call.before, call.rejected])).toEqual([
    [undefined, undefined, undefined],
    ['large', before, undefined],
    [undefined, undefined, rejected],
  ]);
  expect(published).toMatchObject([{ result: { provider: 'large', degraded: true, attempts: 3 } }]);
});

test("a fault of the message's own ends as a dead letter and a failed run that operators can filter for", async () => {
  const { published, description } = await run({
    complete: async () => {
      throw ApplicationFailure.create({
        type: 'Provider.ContextLength',
        message: 'too long',
        nonRetryable: true,
        details: [{ attempts: 3 }],
      });
    },
  });
  expect(published).toEqual([
    expect.objectContaining({
      kind: 'dead-letter',
      failure: { type: 'Provider.ContextLength', message: 'too long', attempts: 3 },
    }),
  ]);
  expect(description.status.name).toBe('FAILED');
  expect(description.typedSearchAttributes.get(SEARCH_ATTRIBUTES.failureType)).toBe('Provider.ContextLength');
  expect(description.typedSearchAttributes.get(SEARCH_ATTRIBUTES.pipelineState)).toBe('dead-lettered');
});

test('a message that does not validate is a dead letter that never cost a call', async () => {
  const { published } = await run({
    validate: async () => {
      throw ApplicationFailure.nonRetryable('payload.text: missing', 'Message.Invalid');
    },
    complete: async () => {
      throw new Error('must not be called');
    },
  });
  expect(published).toEqual([
    expect.objectContaining({ failure: { type: 'Message.Invalid', message: 'payload.text: missing', attempts: 0 } }),
  ]);
});

test('a fault of the world is waited out: retried until it works, no dead letter', async () => {
  let calls = 0;
  let publishes = 0;
  const { published, description } = await run({
    complete: async () => {
      if (++calls < 3) throw ApplicationFailure.create({ type: 'Provider.Unavailable', nextRetryDelay: 500 });
      return accepted;
    },
    publish: async () => {
      if (++publishes < 3) throw ApplicationFailure.create({ type: 'Kafka.Unavailable' });
      return { topic: 't', partition: 0, offset: '0' };
    },
  });
  expect({ calls, publishes }).toEqual({ calls: 3, publishes: 3 });
  expect(published).toEqual([]);
  expect(description.status.name).toBe('COMPLETED');
});

test("a failure nobody classified counts as the world's: retried, not dead-lettered", async () => {
  let calls = 0;
  const { description } = await run({
    preprocess: async () => {
      if (++calls < 2) throw new TypeError('a defect');
      return prepared;
    },
  });
  expect(description.status.name).toBe('COMPLETED');
});

async function cancelInCall(handle: WorkflowHandle, call: { readonly isRunning: boolean }): Promise<void> {
  await waitUntil('the call to run', () => call.isRunning);
  await handle.cancel();
}

test('cancelling a message in its call stops the call and leaves a Cancelled dead letter', async () => {
  const { call, complete } = endlessCall();
  const { published, description } = await run({ complete }, (handle) => cancelInCall(handle, call));
  expect(call.wasCancelled).toBe(true);
  expect(description.status.name).toBe('CANCELLED');
  expect(published).toMatchObject([{ kind: 'dead-letter', failure: { type: 'Cancelled' } }]);
  expect(description.typedSearchAttributes.get(SEARCH_ATTRIBUTES.pipelineState)).toBe('cancelled');
});

const worldsFault = () =>
  ApplicationFailure.create({ type: 'Provider.Unavailable', message: 'the server had an error' });
const messagesFault = () => ApplicationFailure.nonRetryable('will not answer', 'Provider.Refused');

describe('a message that is cancelled while its call fails', () => {
  const cancelled = (failure: ApplicationFailure) => {
    const { call, complete } = callThatFails(client, failure);
    return run({ complete }, (handle) => cancelInCall(handle, call));
  };

  test('by the world’s fault has been cancelled: nothing was wrong with it, and nothing in it', async () => {
    const { published, description } = await cancelled(worldsFault());
    expect(published).toMatchObject([{ kind: 'dead-letter', failure: { type: 'Cancelled' } }]);
    expect(description.status.name).toBe('CANCELLED');
  });

  test('by its own fault has that one in its dead letter', async () => {
    const { published } = await cancelled(messagesFault());
    expect(published).toMatchObject([{ kind: 'dead-letter', failure: { type: 'Provider.Refused' } }]);
  });
});

describe('a message whose type has a last resort', () => {
  const preparedWith = (afterMs: number): Partial<TestActivities> => ({
    preprocess: async () => ({ ...prepared, lastResort: { afterMs, output: { summary: 'not available' } } }),
  });
  const lastResort = {
    ...{ output: { summary: 'not available' }, degraded: true, status: 'completed', examplesVersion: 'sha256-1' },
    ...{ model: null, provider: null, attempts: 0, usage: { inputTokens: 0, outputTokens: 0 } },
  };

  test('has it as its result when its call brings nothing in time, and the call is stopped', async () => {
    const { call, complete } = endlessCall();
    const { published, description } = await run({ ...preparedWith(500), complete });
    expect(call.wasCancelled).toBe(true);
    expect(description.status.name).toBe('COMPLETED');
    expect(published).toMatchObject([{ kind: 'result', result: lastResort }]);
  });

  test('also when its call fails by the world’s fault in just that moment', async () => {
    const { complete } = callThatFails(client, worldsFault());
    const { published } = await run({ ...preparedWith(500), complete });
    expect(published).toMatchObject([{ kind: 'result', result: lastResort }]);
  });

  test('but not when the call tells that the message itself is at fault', async () => {
    const { complete } = callThatFails(client, messagesFault());
    const { published } = await run({ ...preparedWith(500), complete });
    expect(published).toMatchObject([{ kind: 'dead-letter', failure: { type: 'Provider.Refused' } }]);
  });

  test('also when it waits for its budget, and is parked no longer then', async () => {
    const complete = async (): Promise<CompleteResult> => ({
      ...{ kind: 'parked', until: Date.now() + 3_600_000, because: 'all spent' },
      ...{ attempts: 0, paidAttempts: 0 },
    });
    const { published, description } = await run({ ...preparedWith(500), complete });
    expect(published).toMatchObject([{ kind: 'result', result: lastResort }]);
    expect(description.typedSearchAttributes.get(SEARCH_ATTRIBUTES.pipelineState)).toBeUndefined();
  });

  test('has its answer when that comes in time', async () => {
    const { published } = await run(preparedWith(60_000));
    expect(published).toMatchObject([{ kind: 'result', result: { output: { summary: 'short' }, provider: 'p' } }]);
    expect(published[0]).not.toHaveProperty('result.degraded');
  });

  test('ends as a dead letter when an operator cancels it first', async () => {
    const { call, complete } = endlessCall();
    const during = (handle: WorkflowHandle) => cancelInCall(handle, call);
    const { published } = await run({ ...preparedWith(60_000), complete }, during);
    expect(published).toMatchObject([{ kind: 'dead-letter', failure: { type: 'Cancelled' } }]);
  });
});

describe('a message whose budget is used up', () => {
  const parkedUntil = (until: number): CompleteResult => ({
    ...{ kind: 'parked', until, because: 'all spent' },
    ...{ attempts: 2, paidAttempts: 1 },
  });
  const stateOf = async (handle: WorkflowHandle) =>
    (await handle.describe()).typedSearchAttributes.get(SEARCH_ATTRIBUTES.pipelineState);

  test('waits, visibly, until an operator resumes it, and then no budget holds for it, nor for its re-ask', async () => {
    const calls: CompleteInput[] = [];
    const { description, published } = await run(
      {
        complete: async (input) => {
          calls.push(input);
          if (input.beyondBudget !== true) return parkedUntil(Date.now() + 3_600_000);
          if (input.rejected !== undefined) return accepted;
          return { ...accepted, kind: 'rejected', reason: 'invalid', text: '{', problem: 'no JSON', paidAttempts: 2 };
        },
      },
      async (handle) => {
        await waitUntil('the message to be parked', async () => (await stateOf(handle)) === 'parked');
        const { currentDetails } = await handle.query<{ currentDetails?: string }>('__temporal_workflow_metadata');
        expect(currentDetails).toMatch(/^parked: all spent; goes on by itself at 20/);
        await handle.signal(RESUME_SIGNAL);
      },
    );
    expect(
      calls.map(({ before, beyondBudget, rejected }) => ({ before, beyondBudget, again: rejected?.kind })),
    ).toEqual([
      {},
      { before: { attempts: 2, paidAttempts: 1 }, beyondBudget: true },
      { beyondBudget: true, again: 'rejected' },
    ]);
    expect(description.status.name).toBe('COMPLETED');
    expect(description.typedSearchAttributes.get(SEARCH_ATTRIBUTES.pipelineState)).toBeUndefined();
    expect(published).toHaveLength(1);
  });

  test('asks again by itself when the day has ended, and its budget holds again', async () => {
    const calls: CompleteInput[] = [];
    await run({
      complete: async (input) => {
        calls.push(input);
        return calls.length <= 1 ? parkedUntil(Date.now() + 300) : accepted;
      },
    });
    expect(calls).toHaveLength(2);
    for (const { beyondBudget } of calls) expect(beyondBudget).toBeUndefined();
  });

  test('counts as parked until its answer comes: those that wake up at midnight are not open all at once', async () => {
    let asked = 0;
    const { gate, release } = aGate();
    const { description } = await run(
      {
        complete: async () => {
          asked += 1;
          if (asked === 1) return parkedUntil(Date.now() + 300);
          await gate;
          return accepted;
        },
      },
      async (handle) => {
        await waitUntil('the message to be asked about again', () => asked === 2);
        const state = await stateOf(handle);
        release();
        expect(state).toBe('parked');
      },
    );
    expect(description.typedSearchAttributes.get(SEARCH_ATTRIBUTES.pipelineState)).toBeUndefined();
  });

  test('does not ask over and over when a worker with a slow clock says a time that has passed', async () => {
    let asked = 0;
    const { history } = await run(
      {
        complete: async ({ beyondBudget }) => {
          asked += 1;
          return beyondBudget === true ? accepted : parkedUntil(Date.now() - 120_000);
        },
      },
      async (handle) => {
        await waitUntil('the message to be parked again', async () => {
          return timersIn(await handle.fetchHistory()).length === 2;
        });
        await handle.signal(RESUME_SIGNAL);
      },
    );
    expect(asked).toBe(3);
    const [, again] = timersIn(history);
    expect(again).toBeGreaterThanOrEqual(30);
    expect(again).toBeLessThanOrEqual(60);
  });

  test('can be cancelled while it waits', async () => {
    const { published } = await run({ complete: async () => parkedUntil(Date.now() + 3_600_000) }, async (handle) => {
      await waitUntil('the message to be parked', async () => (await stateOf(handle)) === 'parked');
      await handle.cancel();
    });
    expect(published).toMatchObject([{ kind: 'dead-letter', failure: { type: 'Cancelled' } }]);
  });
});

test('the UI can say where a message stands', async () => {
  const { gate, release } = aGate();
  await run({ complete: () => gate.then(() => accepted) }, async (handle) => {
    await waitUntil('the details to name the provider', async () => {
      const metadata = await handle.query<{ currentDetails?: string }>('__temporal_workflow_metadata');
      return metadata.currentDetails === 'waiting for the provider';
    });
    release();
  });
});
