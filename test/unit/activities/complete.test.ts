import { once } from 'node:events';
import { ActivityCancellationDetails } from '@temporalio/common';
import type { DayBudgets } from '../../../accounting/budget-gate.ts';
import type { CompleteInput } from '../../../contracts/pipeline.ts';
import { createProcessorRegistry } from '../../../processors/registry.ts';
import { ProviderError, type CompletionProvider } from '../../../providers/provider.ts';
import { activityEnvironment, beatsOf } from '../../support/activity-environment.ts';
import { callsOf, callsWithPermit } from '../../support/provider-calls.ts';
import {
  activity,
  completion,
  failureOf,
  input,
  rejectedBy,
  request,
  scripted,
} from '../../support/complete-activity.ts';

test('an answer that holds comes back as output, with what it cost and who gave it', async () => {
  const { provider, asked } = scripted(completion('{"label":"spam"}'));
  const result = await activityEnvironment({ attempt: 2 }).run(activity(provider).complete, input);
  expect(result).toEqual({
    kind: 'output',
    output: { label: 'spam' },
    model: 'm-1',
    provider: 'scripted',
    usage: { inputTokens: 11, outputTokens: 4 },
    cost: { amount: 0.000051, currency: 'USD' },
    attempts: 2,
  });
  expect(asked).toHaveLength(1);
});

test('the re-ask shows the model its answer and what was wrong, and counts what both took and cost', async () => {
  const { provider, asked } = scripted(completion('no idea'), completion('{"label":"ham"}'));
  const { complete } = activity(provider);
  const first = await rejectedBy(complete);
  const second = await activityEnvironment().run(complete, { ...input, rejected: first });
  const [shown, complaint] = asked[1]?.request.messages.slice(1) ?? [];
  expect(shown).toEqual({ role: 'assistant', content: 'no idea' });
  expect(complaint?.content).toContain(first.problem);
  expect(second).toMatchObject({
    kind: 'output',
    output: { label: 'ham' },
    usage: { inputTokens: 22, outputTokens: 8 },
    cost: { amount: 0.000102, currency: 'USD' },
    attempts: 2,
  });
  const unpriced = await activityEnvironment().run(
    activity(scripted(completion('{"label":"ham"}')).provider).complete,
    {
      ...input,
      rejected: { ...first, cost: undefined as never },
    },
  );
  expect(unpriced).toMatchObject({ usage: { inputTokens: 22 } });
  expect(unpriced).not.toHaveProperty('cost');
});

test('a second answer that does not hold ends the message', async () => {
  const { provider } = scripted(completion('{"label":"eggs"}'), completion('{"label":"bacon"}'));
  const { complete } = activity(provider);
  const first = await rejectedBy(complete);
  const failure = await failureOf(activityEnvironment().run(complete, { ...input, rejected: first }));
  expect(failure).toMatchObject({ type: 'Output.Invalid', nonRetryable: true, details: [{ attempts: 2 }] });
});

test('a truncated answer is asked again with twice the room, once', async () => {
  const cut = completion('{"lab', { finishReason: 'length' });
  const { provider, asked } = scripted(cut, cut);
  const { complete } = activity(provider);
  const first = await rejectedBy(complete);
  expect(first.reason).toBe('truncated');
  const failure = await failureOf(activityEnvironment().run(complete, { ...input, rejected: first }));
  expect(asked.map((ask) => [ask.request.maxOutputTokens, ask.request.messages.length])).toEqual([
    [50, 1],
    [100, 1],
  ]);
  expect(failure).toMatchObject({ type: 'Output.Truncated', nonRetryable: true });
});

test.each([
  ['a refusal', 'Provider.Refused', completion('', { refusal: 'I will not' })],
  ['a filtered answer', 'Provider.ContentFiltered', completion('', { finishReason: 'content_filter' })],
  ['an answer too large to publish', 'Output.TooLarge', completion(`"${'x'.repeat(4_200_000)}"`)],
])('%s ends the message as %s', async (_, type, answer) => {
  const { provider } = scripted(answer);
  const asking: CompleteInput = type === 'Output.TooLarge' ? { type: 'chat', request: { ...request } } : input;
  const failure = await failureOf(activityEnvironment().run(activity(provider).complete, asking));
  expect(failure).toMatchObject({ type, nonRetryable: true });
});

test('calls that may have been paid are counted over attempts, whichever worker makes them', async () => {
  const timeout = new ProviderError('timeout', 'no answer in 1000 ms', { maybePaid: true });
  const { provider } = scripted(timeout, timeout, timeout);
  const { complete, metrics } = activity(provider);
  const types: (string | null | undefined)[] = [];
  let details: unknown;
  for (let attempt = 1; attempt <= 3; attempt++) {
    const environment = activityEnvironment({ attempt, heartbeatDetails: details });
    environment.on('heartbeat', (beat: unknown) => (details = beat));
    types.push((await failureOf(environment.run(complete, input))).type);
  }
  expect(types).toEqual(['Provider.Timeout', 'Provider.Timeout', 'Provider.AttemptsExhausted']);
  expect((await metrics.unknownOutcomes.get()).values[0]?.value).toBe(3);
});

test('calls whose worker was killed count as well: the cap holds without an error to count', async () => {
  const { provider, asked } = scripted();
  const environment = activityEnvironment({
    attempt: 9,
    heartbeatDetails: { phase: 'sent', bytesReceived: 0, paidAttempts: 3 },
  });
  const failure = await failureOf(environment.run(activity(provider).complete, input));
  expect(failure).toMatchObject({ type: 'Provider.AttemptsExhausted', nonRetryable: true, details: [{ attempts: 8 }] });
  expect(asked).toEqual([]);
});

test('a call that was refused after its first heartbeat is not taken for one that may have been paid', async () => {
  const environment = activityEnvironment();
  const firstBeat = new Promise((resolve) => environment.once('heartbeat', resolve));
  const beats = beatsOf(environment);
  const provider: CompletionProvider = {
    name: 'slow to refuse',
    complete: async () => {
      await firstBeat;
      throw new ProviderError('rate-limited', 'slow down', { maybePaid: false });
    },
  };
  await failureOf(environment.run(activity(provider, { timeoutMs: 10_000 }).complete, input));
  expect(beats).toMatchObject([
    { paidAttempts: 1, countedAttempts: 0 },
    { paidAttempts: 0, countedAttempts: 0 },
  ]);
});

describe('a message whose budget is used up', () => {
  const budgets: DayBudgets = {
    refusal: (tenant) =>
      Promise.resolve(tenant === 'acme' ? { until: 5_000, because: 'all spent', budget: 'tenant' } : undefined),
    spent: () => undefined,
  };
  const ofAcme = { ...input, tenant: 'acme' };

  test('is not sent to the provider, and keeps count of the attempts that it has made', async () => {
    const { provider, asked } = scripted();
    const heartbeatDetails = { phase: 'body', bytesReceived: 0, paidAttempts: 2, countedAttempts: 2 };
    const environment = activityEnvironment({ attempt: 4, heartbeatDetails });
    let givenBack = 0;
    const take = async () => ({ ...(await callsOf(provider).take()), forgo: () => void (givenBack += 1) });
    const parked = await environment.run(activity(provider, { budgets, calls: { take } }).complete, ofAcme);
    expect(parked).toEqual({ kind: 'parked', until: 5_000, because: 'all spent', attempts: 3, paidAttempts: 2 });
    expect(asked).toEqual([]);
    // Its permit, which others can use.
    expect(givenBack).toBe(1);
  });

  test('goes on counting where it stopped, once its budget allows it', async () => {
    const timeout = new ProviderError('timeout', 'no answer in 1000 ms', { maybePaid: true });
    const { provider } = scripted(completion('{"label":"ham"}'), timeout);
    const { complete } = activity(provider, { budgets });
    const before = { attempts: 3, paidAttempts: 2 };
    expect(await activityEnvironment().run(complete, { ...input, before })).toMatchObject({ attempts: 4 });
    const failure = await failureOf(activityEnvironment().run(complete, { ...input, before }));
    expect(failure).toMatchObject({ type: 'Provider.AttemptsExhausted', details: [{ attempts: 4 }] });
  });

  test('is sent all the same when an operator resumed it', async () => {
    const { provider } = scripted(completion('{"label":"ham"}'));
    const { complete } = activity(provider, { budgets });
    const resumed = await activityEnvironment().run(complete, { ...ofAcme, beyondBudget: true as const });
    expect(resumed).toMatchObject({ kind: 'output' });
  });
});

test('the re-ask goes on counting where the first ask stopped', async () => {
  const timeout = new ProviderError('timeout', 'no answer in 1000 ms', { maybePaid: true });
  const { provider } = scripted(completion('no idea'), timeout);
  const { complete } = activity(provider);
  const first = await rejectedBy(complete);
  expect(first.paidAttempts).toBe(1);
  const failure = await failureOf(
    activityEnvironment().run(complete, { ...input, rejected: { ...first, paidAttempts: 2 } }),
  );
  expect(failure).toMatchObject({ type: 'Provider.AttemptsExhausted', details: [{ attempts: 2 }] });
});

test('a rejected answer too large to be asked again ends the message', async () => {
  const { provider } = scripted(completion('x'.repeat(4_200_000)));
  const failure = await failureOf(activityEnvironment().run(activity(provider).complete, input));
  expect(failure).toMatchObject({ type: 'Output.TooLarge', nonRetryable: true });
});

test('a call with a large answer is counted even when the answer cannot be stored', async () => {
  const counts = async (characters: number) => {
    const environment = activityEnvironment();
    const beats = beatsOf(environment);
    const asking: CompleteInput = { type: 'chat', request: { ...request } };
    await environment.run(activity(scripted(completion('x'.repeat(characters))).provider).complete, asking);
    return beats;
  };
  expect(await counts(100)).toEqual([]);
  expect(await counts(300_000)).toMatchObject([{ paidAttempts: 1, countedAttempts: 1 }]);
});

test('a refused call costs no paid attempt', async () => {
  const { provider } = scripted(
    new ProviderError('rate-limited', 'slow down', { maybePaid: false, retryAfterMs: 7_000 }),
  );
  const calls = callsWithPermit(provider);
  const environment = activityEnvironment({ attempt: 40 });
  const beats = beatsOf(environment);
  const failure = await failureOf(environment.run(activity(provider, { calls }).complete, input));
  expect(failure.type).toBe('Provider.RateLimited');
  expect(failure.nextRetryDelay).toBeGreaterThanOrEqual(7_000);
  expect(beats.at(-1)).toMatchObject({ paidAttempts: 0, countedAttempts: 0 });
});

describe('an attempt that is cancelled', () => {
  /** What its call is counted as, when it has come so far. */
  async function cancelled(
    phase: 'waiting' | 'sent',
    how: Parameters<ReturnType<typeof activityEnvironment>['cancel']>,
  ): Promise<number> {
    const environment = activityEnvironment();
    const provider: CompletionProvider = {
      name: 'hanging',
      complete: (_, { signal, onProgress }) =>
        new Promise((_resolve, reject) => {
          onProgress?.({ phase, bytesReceived: 0 });
          signal.addEventListener('abort', () => {
            reject(signal.reason as Error);
          });
          environment.cancel(...how);
        }),
    };
    const { complete, metrics } = activity(provider);
    await expect(environment.run(complete, input)).rejects.toThrow(how[0] ?? 'CANCELLED');
    return (await metrics.unknownOutcomes.get()).values[0]?.value ?? 0;
  }

  test('has its provider call aborted, which may be billed: nobody else will count it', async () => {
    expect(await cancelled('sent', [])).toBe(1);
  });

  test('has nothing to count when its call had not gone out', async () => {
    expect(await cancelled('waiting', [])).toBe(0);
  });

  test('because its worker stops leaves the counting to the next one', async () => {
    const details = new ActivityCancellationDetails({ workerShutdown: true });
    expect(await cancelled('sent', ['WORKER_SHUTDOWN', details])).toBe(0);
  });
});

describe('a type whose answers may be shared', () => {
  const held = completion('{"label":"spam"}', { usage: { inputTokens: 0, outputTokens: 0 }, cached: true });

  const shared = (provider: CompletionProvider, cachedTypes: readonly string[] = ['classify']) =>
    activity(provider, { cachedTypes });

  test('tells the provider which answers hold; another type does not', async () => {
    const { provider, asked } = scripted(completion('{"label":"spam"}'), completion('{"label":"spam"}'));
    await activityEnvironment().run(shared(provider).complete, input);
    await activityEnvironment().run(shared(provider, ['summarize']).complete, input);
    const [first, second] = asked;
    const holds = first?.call.shareIf ?? (() => undefined);
    expect(holds(completion('{"label":"spam"}'))).toBe(true);
    expect(holds(completion('{"label":"eggs"}'))).toBe(false);
    expect(holds(completion('{"label":"spam"}', { finishReason: 'length' }))).toBe(false);
    expect(holds(completion('{"label":"spam"}', { refusal: 'no' }))).toBe(false);
    expect(holds(completion(`{"label":"spam"}${' '.repeat(4_200_000)}`))).toBe(false);
    expect(second?.call).not.toHaveProperty('shareIf');
  });

  test('marks an answer that another call got, and counts no call, no tokens and no cost for it', async () => {
    const provider: CompletionProvider = {
      name: 'cache',
      complete: (_, { onProgress }) => {
        onProgress?.({ phase: 'waiting', bytesReceived: 0 });
        return Promise.resolve(held);
      },
    };
    const { complete, metrics } = shared(provider);
    const result = await activityEnvironment().run(complete, input);
    const cost = { amount: 0, currency: 'USD' };
    expect(result).toMatchObject({ output: { label: 'spam' }, usage: held.usage, cost, attempts: 1, cached: true });
    expect((await metrics.inFlight.get()).values).toMatchObject([{ value: 0 }]);
    expect((await metrics.calls.get()).values).toEqual([]);
    expect((await metrics.callSeconds.get()).values.filter(({ value }) => value > 0)).toEqual([]);
  });

  test('does not count a call as paid that is still waiting for another one', async () => {
    const environment = activityEnvironment();
    const provider: CompletionProvider = {
      name: 'cache',
      complete: async (_, { onProgress }) => {
        onProgress?.({ phase: 'waiting', bytesReceived: 0 });
        const [beat] = (await once(environment, 'heartbeat')) as unknown[];
        expect(beat).toEqual({ phase: 'waiting', bytesReceived: 0, paidAttempts: 0, countedAttempts: 0 });
        return held;
      },
    };
    await environment.run(shared(provider).complete, { ...input });
    expect.assertions(1);
  });
});

test('a worker that does not know the type yet makes no call, gives its permit back, and leaves it to a newer one', async () => {
  const { provider, asked } = scripted(completion('{"label":"spam"}'));
  let forgone = 0;
  const calls = {
    take: async () => ({ ...(await callsOf(provider).take()), forgo: () => void (forgone += 1) }),
  };
  const { complete } = activity(provider, { calls, registry: createProcessorRegistry([]) });
  const failure = await failureOf(activityEnvironment().run(complete, input));
  expect(failure).toMatchObject({ type: 'Worker.UnknownType', nonRetryable: false });
  expect([asked.length, forgone]).toEqual([0, 1]);
});
