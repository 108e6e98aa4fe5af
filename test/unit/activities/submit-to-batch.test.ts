import { CancelledFailure, type ApplicationFailure } from '@temporalio/common';
import { LeftOutError, type BatchCollector, type BatchRequest } from '../../../activities/batch-collector.ts';
import { createSubmitToBatch, type SubmitToBatchDeps } from '../../../activities/submit-to-batch.ts';
import type { SubmitToBatchInput, SubmitToBatchResult } from '../../../contracts/batch.ts';
import type { BatchProvider } from '../../../providers/batch-provider.ts';
import { ProviderError } from '../../../providers/provider.ts';
import { activityEnvironment } from '../../support/activity-environment.ts';

const input: SubmitToBatchInput = {
  type: 'summarize',
  request: { messages: [{ role: 'user', content: 'Summarise' }], maxOutputTokens: 10 },
  before: { attempts: 0, paidAttempts: 0 },
};
const provider = {
  name: 'fake',
  toLine: (customId: string, request: unknown) => `${customId} ${JSON.stringify(request)}`,
} as BatchProvider;

/** The activity with a collector that makes the batch `b-1`, and what it told the collector and Temporal. */
function setup(
  overrides: Partial<BatchCollector> = {},
  more: { isWanted?: boolean; budgets?: SubmitToBatchDeps['budgets'] } = {},
) {
  const added: BatchRequest[] = [];
  const beats: Parameters<SubmitToBatchDeps['confirmedHeartbeat']>[1][] = [];
  const collector: BatchCollector = {
    add: (request) => {
      added.push(request);
      const batchId = request.claim('file-1').then((claimed) => {
        if (!claimed) throw new LeftOutError();
        return 'b-1';
      });
      return { batchId, leave: () => {} };
    },
    rejoin: async () => undefined,
    drain: () => {},
    ...overrides,
  };
  const submitToBatch = createSubmitToBatch({
    ...{ provider, collector, budgets: more.budgets, maxAttempts: 3 },
    confirmedHeartbeat: async (_, details) => {
      beats.push(details);
      return more.isWanted ?? true;
    },
  });
  return { submitToBatch, added, beats };
}

const submit = (submitToBatch: ReturnType<typeof createSubmitToBatch>, heartbeatDetails: unknown) =>
  activityEnvironment({ heartbeatDetails }).run<[SubmitToBatchInput], SubmitToBatchResult, typeof submitToBatch>(
    submitToBatch,
    input,
  );

const failureOf = (run: Promise<unknown>) =>
  run.then(
    () => undefined,
    (error: unknown) => error,
  );

test('a request is in the batch under an id that no other has, and that another attempt would use again', async () => {
  const { submitToBatch, added } = setup();
  const info = { workflowExecution: { workflowId: 'message:t:1', runId: 'run-1' }, activityId: '7' };
  const first = await activityEnvironment(info).run(submitToBatch, input);
  const again = await activityEnvironment({ ...info, attempt: 2 }).run(submitToBatch, input);
  expect([first, again]).toEqual(
    [1, 2].map(() => ({ kind: 'ticket', provider: 'fake', batchId: 'b-1', customId: 'run-1-7' })),
  );
  expect(added[0]?.line).toBe(`run-1-7 ${JSON.stringify(input.request)}`);
  expect(added[0]?.member).toEqual({ workflowId: 'message:t:1', runId: 'run-1' });
});

test('the input file is recorded for the next attempt, which looks for the batch of it', async () => {
  const first = setup();
  await activityEnvironment().run(first.submitToBatch, input);
  const [recorded] = first.beats;
  expect(recorded).toMatchObject({ inputId: 'file-1' });

  const asked: unknown[] = [];
  const second = setup({
    rejoin: async (claim) => {
      asked.push(claim);
      return 'b-0';
    },
  });
  const ticket = await submit(second.submitToBatch, recorded);
  expect(ticket).toMatchObject({ kind: 'ticket', batchId: 'b-0' });
  expect(asked).toEqual([recorded]);
  expect(second.added).toEqual([]);
});

test('where no batch was made of that file, the request goes into another', async () => {
  const { submitToBatch, added } = setup();
  expect(await submit(submitToBatch, { inputId: 'file-0', since: 1 })).toMatchObject({ batchId: 'b-1' });
  expect(added).toHaveLength(1);
});

test('a batch that is not to be found is looked for again, three minutes long, before the request goes into another', async () => {
  const { submitToBatch, added } = setup();
  const claimed = (secondsAgo: number) => ({ inputId: 'file-0', since: Date.now() - secondsAgo * 1_000 });
  for (const secondsAgo of [0, 31, 170]) {
    const failure = await failureOf(submit(submitToBatch, claimed(secondsAgo)));
    expect(failure).toMatchObject({ type: 'Provider.Unavailable', nextRetryDelay: 30_000, nonRetryable: false });
  }
  expect(added).toEqual([]);
  expect(await submit(submitToBatch, claimed(181))).toMatchObject({ batchId: 'b-1' });
});

test.each([
  ['a deadline that passed', new ProviderError('timeout', 'late', { maybePaid: true }), true],
  ['a gateway that broke', new ProviderError('unavailable', 'HTTP 502', { status: 502, maybePaid: false }), true],
  ['a refusal', new ProviderError('rate-limited', 'HTTP 429', { status: 429, maybePaid: false }), false],
  ['a server that was not reached', new ProviderError('unavailable', 'refused', { maybePaid: false }), false],
])('after %s the next attempt looks for a batch only where one may have been made', async (_, error, looks) => {
  const { submitToBatch, beats } = setup({
    add: ({ claim }) => ({ batchId: claim('file-1').then(() => Promise.reject(error)), leave: () => {} }),
  });
  expect(await failureOf(activityEnvironment().run(submitToBatch, input))).toMatchObject({ message: error.message });
  if (looks) expect(beats.at(-1)).toMatchObject({ inputId: 'file-1' });
  else expect(beats.at(-1)).toEqual({});
});

test('a request remembers the files and batches with it that were refused as a whole, and is gathered apart', async () => {
  const refused = new ProviderError('bad-request', 'HTTP 400: line 3', { status: 400, maybePaid: false });
  const told: number[] = [];
  const { submitToBatch, beats } = setup({
    add: (request) => {
      told.push(request.refused);
      return { batchId: request.claim('file-1').then(() => Promise.reject(refused)), leave: () => {} };
    },
  });
  for (let attempt = 1; attempt <= 3; attempt += 1) {
    const environment = activityEnvironment({ heartbeatDetails: beats.at(-1) });
    await failureOf(environment.run(submitToBatch, { ...input, refused: 1 }));
  }
  expect(told).toEqual([1, 2, 3]);
  expect(beats.at(-1)).toEqual({ refused: 3 });
});

test('a message that was cancelled meanwhile ends as Temporal says', async () => {
  const { submitToBatch } = setup({}, { isWanted: false });
  const environment = activityEnvironment();
  environment.on('heartbeat', () => {
    environment.cancel();
  });
  expect(await failureOf(environment.run(submitToBatch, input))).toBeInstanceOf(CancelledFailure);
});

test('whatever the provider says about a whole file is no message’s own fault', async () => {
  const refused = new ProviderError('bad-request', 'HTTP 400: too many batches', { maybePaid: false });
  const { submitToBatch } = setup({
    add: () => ({ batchId: Promise.reject(refused), leave: () => {} }),
  });
  const failure = await failureOf(activityEnvironment().run(submitToBatch, input));
  expect(failure).toMatchObject({ type: 'Provider.Unavailable', message: 'HTTP 400: too many batches' });
  expect((failure as ApplicationFailure).nonRetryable).not.toBe(true);
});

test('a message on which too much was spent already goes into no further batch', async () => {
  const { submitToBatch, added } = setup();
  const spent = { ...input, before: { attempts: 5, paidAttempts: 3 } };
  expect(await failureOf(activityEnvironment().run(submitToBatch, spent))).toMatchObject({
    type: 'Provider.AttemptsExhausted',
    nonRetryable: true,
    details: [{ attempts: 5 }],
  });
  expect(added).toEqual([]);
});

test('a message whose budget is used up is parked, unless it is resumed or in a batch already', async () => {
  const refusal = { until: 9, because: 'the day’s budget', budget: 'tenant' } as const;
  const { submitToBatch, added } = setup({}, { budgets: { refusal: async () => refusal } });
  expect(await activityEnvironment().run(submitToBatch, input)).toMatchObject({
    kind: 'parked',
    until: 9,
    attempts: 0,
    paidAttempts: 0,
  });
  expect(added).toEqual([]);
  const resumed: SubmitToBatchInput = { ...input, beyondBudget: true };
  expect(await activityEnvironment().run(submitToBatch, resumed)).toMatchObject({ kind: 'ticket' });
  expect(await submit(submitToBatch, { inputId: 'file-0', since: 1 })).toMatchObject({ kind: 'ticket' });
});

test('the re-ask shows the model its answer and what was wrong', async () => {
  const { submitToBatch, added } = setup();
  const answered = { model: 'm', provider: 'fake', usage: { inputTokens: 1, outputTokens: 1 }, attempts: 1 };
  const rejected = {
    ...answered,
    kind: 'rejected',
    reason: 'invalid',
    text: 'no idea',
    problem: 'no JSON',
    paidAttempts: 1,
  } as const;
  await activityEnvironment().run(submitToBatch, { ...input, rejected });
  expect(added[0]?.line).toContain('no idea');
  expect(added[0]?.line).toContain('no JSON');
});
