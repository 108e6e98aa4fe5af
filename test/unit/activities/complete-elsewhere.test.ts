import { once } from 'node:events';
import type { Completion } from '../../../contracts/completion.ts';
import type { CompleteInput, CompleteResult, RejectedAnswer } from '../../../contracts/pipeline.ts';
import type { FallbackLane } from '../../../providers/fallback-source.ts';
import type { Permit } from '../../../providers/limiter.ts';
import { createLongMessageCalls } from '../../../providers/long-message-calls.ts';
import type { ProviderCall } from '../../../providers/provider-call.ts';
import { ProviderError, type CompletionProvider } from '../../../providers/provider.ts';
import { activityEnvironment } from '../../support/activity-environment.ts';
import { activity, completion, failureOf, input, scripted } from '../../support/complete-activity.ts';

describe('what is too long', () => {
  const tooLong = () => new ProviderError('context-length', 'too long', { maybePaid: false });
  const nothing = { held: 0, inUse: 0, rates: {} };
  const never = () => new Promise<never>(() => undefined);
  function setUp(...ofLarge: (Completion | ProviderError)[]) {
    const [main, large] = [scripted(tooLong()), scripted(...ofLarge)];
    const forgone: string[] = [];
    const lanes = { isShut: false, givePermits: true };
    const slot: ProviderCall = {
      ...{ name: 'main', complete: (request, call) => main.provider.complete(request, call), end: () => undefined },
      forgo: () => forgone.push('slot'),
    };
    const sources = ['large', 'larger'].map((name): [string, FallbackLane] => [
      name,
      {
        acquire: (signal) =>
          lanes.givePermits
            ? Promise.resolve({ use: () => undefined } as Permit)
            : once(signal, 'abort').then(() => Promise.reject(signal.reason as Error)),
        whenShut: () => (lanes.isShut ? Promise.resolve() : never()),
        callWith: () => ({ ...slot, name, complete: (request, call) => large.provider.complete(request, call) }),
        snapshot: () => nothing,
      },
    ]);
    const calls = { take: async () => slot };
    const longMessages = createLongMessageCalls(new Map(sources), { mostWaiting: 1 });
    const { complete } = activity(main.provider, { calls, longMessages });
    const ask = (more: Partial<CompleteInput>, environment = activityEnvironment()) =>
      environment.run<[CompleteInput], CompleteResult, typeof complete>(complete, { ...input, ...more });
    return { ask, main: main.asked, large: large.asked, forgone, lanes };
  }
  const sentTo = (provider: string, attempts: number) => ({ provider, before: { attempts, paidAttempts: 1 } });

  test('for a provider goes to the first one for long messages, and from there to the next, one call each', async () => {
    const { ask, main, large, forgone } = setUp(tooLong(), completion('{"label":"spam"}'));
    expect(await ask({})).toEqual({ kind: 'too-long', next: 'large', attempts: 1, paidAttempts: 0 });
    expect(await ask(sentTo('large', 1))).toEqual({ kind: 'too-long', next: 'larger', attempts: 2, paidAttempts: 1 });
    const last = { output: { label: 'spam' }, provider: 'larger', degraded: true, attempts: 3 };
    expect(await ask(sentTo('larger', 2))).toMatchObject(last);
    expect([main.length, large.length, forgone]).toEqual([1, 2, ['slot', 'slot']]);
  });

  test('for the last one ends the message', async () => {
    const failure = await failureOf(setUp(tooLong()).ask(sentTo('larger', 2)));
    expect(failure).toMatchObject({ type: 'Provider.ContextLength', nonRetryable: true, details: [{ attempts: 3 }] });
  });

  test('does not wait, in a slot of all messages, for a provider that gets no calls, nor where others wait already', async () => {
    const { ask, large, forgone, lanes } = setUp();
    lanes.givePermits = false;
    const environment = activityEnvironment();
    const waits = ask(sentTo('large', 1), environment);
    const crowded = await failureOf(ask(sentTo('large', 1)));
    expect(crowded).toMatchObject({ type: 'Provider.Unavailable', nonRetryable: false });
    environment.cancel();
    await expect(waits).rejects.toThrow();
    lanes.isShut = true;
    const shut = await failureOf(ask(sentTo('large', 1), activityEnvironment({ attempt: 20 })));
    expect(shut).toMatchObject({ type: 'Provider.Unavailable', nonRetryable: false });
    // Later each time: an outage of hours is not asked about every minute.
    expect(Number(shut.nextRetryDelay)).toBeGreaterThan(60_000);
    expect([large.length, forgone.length]).toEqual([0, 3]);
  });

  test('and lost a call before keeps it uncounted while it waits: the attempt that makes one counts it', async () => {
    const lost = { paidAttempts: 1, countedAttempts: 0 };
    const { ask, lanes } = setUp();
    lanes.givePermits = false;
    const environment = activityEnvironment({ heartbeatDetails: { phase: 'sent', bytesReceived: 0, ...lost } });
    const waits = ask({ provider: 'large', before: { attempts: 1, paidAttempts: 0 } }, environment);
    const [beat] = (await once(environment, 'heartbeat')) as unknown[];
    expect(beat).toMatchObject(lost);
    environment.cancel();
    await expect(waits).rejects.toThrow();
  });

  test('and has to be asked again goes to the one that answered', async () => {
    const { ask, main, large } = setUp(completion('{"label":"eggs"}'), completion('{"label":"ham"}'));
    const rejected = await ask(sentTo('large', 1));
    expect(rejected).toMatchObject({ kind: 'rejected', attempts: 2, paidAttempts: 2 });
    const answer = await ask({ rejected: rejected as RejectedAnswer });
    expect(answer).toMatchObject({ kind: 'output', provider: 'large', degraded: true, attempts: 3 });
    expect([main.length, large.length]).toEqual([0, 2]);
  });
});

describe('a provider that is asked because the first one cannot be', () => {
  const slotOf = (provider: CompletionProvider): ProviderCall => ({
    name: 'spare',
    degraded: true,
    complete: (request, call) => provider.complete(request, call),
    forgo: () => undefined,
    end: () => undefined,
  });

  test.each(['bad-request', 'context-length', 'content-filtered'] as const)(
    'has no last word about a message: %s is waited out, for the first one may take it',
    async (kind) => {
      const { provider } = scripted(new ProviderError(kind, 'not for me', { maybePaid: false }));
      const { complete } = activity(provider, { calls: { take: async () => slotOf(provider) } });
      const failure = await failureOf(activityEnvironment().run(complete, input));
      expect(failure).toMatchObject({ type: 'Provider.Unavailable', nonRetryable: false, message: 'not for me' });
    },
  );
});
