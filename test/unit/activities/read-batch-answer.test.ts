import { createAccounts } from '../../../accounting/create-accounts.ts';
import { createReadBatchAnswer } from '../../../activities/read-batch-answer.ts';
import type { BatchResults } from '../../../activities/batch-results.ts';
import type { BatchResult, ReadBatchAnswerInput } from '../../../contracts/batch.ts';
import type { Completion } from '../../../contracts/completion.ts';
import type { Spent } from '../../../contracts/spending.ts';
import { createProcessorRegistry, type ProcessorRegistry } from '../../../processors/registry.ts';
import type { BatchAnswer } from '../../../providers/batch-provider.ts';
import { ProviderError, type ProviderErrorKind } from '../../../providers/provider.ts';
import { longMessageOrder, type LongMessageOrder } from '../../../providers/long-message-calls.ts';
import { pricesSchema } from '../../../config/prices.ts';
import { createLogger } from '../../../telemetry/logger.ts';
import { createMetrics } from '../../../telemetry/metrics.ts';
import { activityEnvironment } from '../../support/activity-environment.ts';

const input: ReadBatchAnswerInput = {
  type: 'summarize',
  request: { messages: [{ role: 'user', content: 'Summarise' }], maxOutputTokens: 10 },
  before: { attempts: 1, paidAttempts: 0 },
  ticket: { kind: 'ticket', provider: 'fake', batchId: 'b-1', customId: 'mine' },
};
const completion = (overrides: Partial<Completion> = {}): BatchAnswer => ({
  kind: 'completion',
  completion: {
    text: 'Short.',
    finishReason: 'stop',
    model: 'm-1',
    usage: { inputTokens: 9, outputTokens: 2 },
    ...overrides,
  },
});
const failed = (kind: ProviderErrorKind, maybePaid = false): BatchAnswer => ({
  kind: 'error',
  error: new ProviderError(kind, `told so: ${kind}`, { maybePaid }),
});

const prices = pricesSchema.parse({ currency: 'USD', models: { 'm-1': { input: 1, output: 10 } } });

/** Reads the message’s answer from a batch that has these ones. */
function read(
  answers: Readonly<Record<string, BatchAnswer>> | 'running',
  asked = input,
  more: {
    answeredNothing?: boolean;
    refused?: boolean;
    longMessages?: LongMessageOrder;
    registry?: ProcessorRegistry;
    spent?: Spent[];
  } = {},
) {
  const {
    answeredNothing = false,
    refused = false,
    longMessages,
    registry = createProcessorRegistry(),
    spent = [],
  } = more;
  const results: BatchResults =
    answers === 'running'
      ? { hasEnded: false, description: 'in_progress: 1 of 2 answered' }
      : {
          hasEnded: true,
          description: 'completed',
          answeredNothing,
          refused,
          answers: new Map(Object.entries(answers)),
        };
  const readBatchAnswer = createReadBatchAnswer({
    results: async () => results,
    registry,
    accounts: createAccounts({
      ...{ prices, askedModel: () => 'm', estimateTokens: () => 150, metrics: createMetrics().llm },
      ...{ logger: createLogger('silent'), onSpent: (_, ofCall) => spent.push(ofCall) },
    }),
    ...{ maxAttempts: 2, askAgainInMs: 7_000, timeoutMs: 1_000, ...(longMessages && { longMessages }) },
  });
  return activityEnvironment().run<[ReadBatchAnswerInput], BatchResult, typeof readBatchAnswer>(readBatchAnswer, asked);
}

const failureOf = (run: Promise<unknown>) =>
  run.then(
    () => undefined,
    (error: unknown) => error,
  );

test('an answer that holds is the message’s output, marked as a batch’s, at half the price', async () => {
  expect(await read({ other: completion({ text: 'Other.' }), mine: completion() })).toEqual({
    kind: 'output',
    output: { summary: 'Short.' },
    model: 'm-1',
    provider: 'fake',
    usage: { inputTokens: 9, outputTokens: 2 },
    cost: { amount: ((9 * 1 + 2 * 10) / 1e6) * 0.5, currency: 'USD' },
    attempts: 2,
    batch: true,
  });
});

test('one that does not hold comes back to be asked again, once', async () => {
  const rejected = await read({ mine: completion({ finishReason: 'length' }) });
  if (rejected.kind !== 'rejected') throw new Error('expected it to be rejected');
  expect(rejected).toMatchObject({ reason: 'truncated', attempts: 2, paidAttempts: 1, batch: true });
  const before = { attempts: 2, paidAttempts: 1 };
  const second = read({ mine: completion({ finishReason: 'length' }) }, { ...input, rejected, before });
  expect(await failureOf(second)).toMatchObject({ type: 'Output.Truncated', nonRetryable: true });
});

test('a line is paid once: while a defect of the processor has it read again and again, it is in no account', async () => {
  const spent: Spent[] = [];
  const known = createProcessorRegistry();
  const registry: ProcessorRegistry = {
    ...known,
    get: (type) => ({
      ...known.get(type)!,
      finish: () => {
        throw new TypeError('a defect');
      },
    }),
  };
  for (let attempt = 1; attempt <= 3; attempt += 1) {
    expect(await failureOf(read({ mine: completion() }, input, { registry, spent }))).toBeInstanceOf(TypeError);
  }
  expect(spent).toEqual([]);
  await read({ mine: completion() }, input, { spent });
  const filtered = completion({ finishReason: 'content_filter' });
  expect(await failureOf(read({ mine: filtered }, input, { spent }))).toMatchObject({ nonRetryable: true });
  expect(spent.map(({ tokens }) => tokens)).toEqual([11, 11]);
});

test.each([
  ['bad-request', 'Provider.BadRequest'],
  ['context-length', 'Provider.ContextLength'],
  ['content-filtered', 'Provider.ContentFiltered'],
] as const)('a line that failed as %s ends the message as %s', async (kind, type) => {
  const failure = await failureOf(read({ mine: failed(kind) }));
  expect(failure).toMatchObject({ type, nonRetryable: true, details: [{ attempts: 2 }] });
});

test.each(['rate-limited', 'overloaded', 'unavailable', 'quota-exhausted', 'authentication'] as const)(
  'a line that failed as %s goes into another batch, unpaid',
  async (kind) => {
    const because = `told so: ${kind}`;
    expect(await read({ mine: failed(kind) })).toEqual({ kind: 'again', because, attempts: 2, paidAttempts: 0 });
  },
);

test('failures that may have been paid are counted, up to the cap', async () => {
  expect(await read({ mine: failed('timeout', true) })).toMatchObject({ kind: 'again', paidAttempts: 1 });
  const atTheCap = read({ mine: failed('timeout', true) }, { ...input, before: { attempts: 1, paidAttempts: 1 } });
  expect(await failureOf(atTheCap)).toMatchObject({ type: 'Provider.AttemptsExhausted', nonRetryable: true });
});

test('a line that was not run was not paid', async () => {
  const notRun = { kind: 'not-run', because: 'batch_expired' } as const;
  expect(await read({ mine: notRun })).toEqual({
    kind: 'again',
    because: 'batch_expired',
    attempts: 2,
    paidAttempts: 0,
  });
});

test('a line that nobody can find may have been paid, up to the cap, unless its batch says that it answered nothing', async () => {
  const because = 'the batch has no answer (completed)';
  expect(await read({}, input, { answeredNothing: true })).toEqual({
    ...{ kind: 'again', because, attempts: 2, paidAttempts: 0 },
  });
  expect(await read({}, input, { answeredNothing: true, refused: true })).toMatchObject({ refused: true });
  for (const answers of [{}, { other: completion() }]) {
    expect(await read(answers)).toMatchObject({ kind: 'again', because, paidAttempts: 1 });
  }
  const atTheCap = read({}, { ...input, before: { attempts: 1, paidAttempts: 1 } });
  expect(await failureOf(atTheCap)).toMatchObject({ type: 'Provider.AttemptsExhausted', nonRetryable: true });
});

test('a batch that still runs is asked about again', async () => {
  const failure = await failureOf(read('running'));
  expect(failure).toMatchObject({ type: 'Provider.BatchRunning', nextRetryDelay: 7_000, nonRetryable: false });
});

test('what is too long for the provider goes on to the one for long messages, where there is one', async () => {
  const answers = { mine: failed('context-length') };
  expect(await read(answers, input, { longMessages: longMessageOrder(['large', 'larger']) })).toEqual({
    ...{ kind: 'too-long', next: 'large', attempts: 2, paidAttempts: 0 },
  });
  expect(await failureOf(read(answers))).toMatchObject({ type: 'Provider.ContextLength', nonRetryable: true });
});

test('a worker that does not know the type yet leaves the line to a newer one, and accounts for nothing', async () => {
  const spent: Spent[] = [];
  const registry = createProcessorRegistry([]);
  const failure = await failureOf(read({ mine: completion() }, input, { registry, spent }));
  expect(failure).toMatchObject({ type: 'Worker.UnknownType', nonRetryable: false });
  expect(spent).toEqual([]);
});
