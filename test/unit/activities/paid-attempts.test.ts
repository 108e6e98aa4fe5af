import { once } from 'node:events';
import type { CompleteDeps } from '../../../activities/complete.ts';
import type { CallHeartbeat } from '../../../activities/heartbeat.ts';
import type { CompletionProvider } from '../../../providers/provider.ts';
import { activityEnvironment, beatsOf } from '../../support/activity-environment.ts';
import { activity, completion, input, scripted } from '../../support/complete-activity.ts';
import { aGate } from '../../support/gate.ts';
import { callsOf, callsWithPermit } from '../../support/provider-calls.ts';

/** The last that was heard of a call. */
const LOST: CallHeartbeat = { phase: 'sent', bytesReceived: 0, paidAttempts: 1, countedAttempts: 0 };

/** What an activity does before it waits for something of the outside. */
const soon = () => new Promise((resolve) => setImmediate(resolve));

describe('a message that kills its workers', () => {
  /** Nothing more is heard of its calls. */
  const deadly = (until: Promise<void>): CompletionProvider => ({
    name: 'deadly',
    complete: () => until.then(() => completion('{}')),
  });
  /** One attempt after the other. Each is told what Temporal has confirmed to those before it. */
  function attempts(calls: CompleteDeps['calls'], lost?: CallHeartbeat) {
    const confirmed: CallHeartbeat[] = lost === undefined ? [] : [lost];
    const confirmedHeartbeat = (_: unknown, details: CallHeartbeat) => {
      confirmed.push(details);
      return Promise.resolve(true);
    };
    const { complete, metrics } = activity(scripted().provider, { maxAttempts: 3, calls, confirmedHeartbeat });
    return {
      confirmed,
      metrics,
      make: async (attempt: number): Promise<unknown> => {
        const environment = activityEnvironment({ attempt, heartbeatDetails: confirmed.at(-1) });
        const run = environment.run(complete, input).catch((error: unknown) => error);
        await soon();
        return run;
      },
    };
  }

  test('reaches the cap, however soon it does: a retry has Temporal confirm its call', async () => {
    const { gate, release } = aGate();
    const { make, confirmed } = attempts(callsWithPermit(deadly(gate)));
    const runs: Promise<unknown>[] = [];
    for (let attempt = 2; attempt <= 5; attempt++) {
      runs.push(make(attempt));
      await soon();
    }
    release();
    expect((await Promise.all(runs)).at(-1)).toMatchObject({ type: 'Provider.AttemptsExhausted' });
    const calling = confirmed.filter(({ phase }) => phase === 'sent');
    expect(calling).toMatchObject([
      { paidAttempts: 1, countedAttempts: 0 },
      { paidAttempts: 2, countedAttempts: 1 },
      { paidAttempts: 3, countedAttempts: 2 },
    ]);
  });

  test('has each lost call counted once, also when the next attempt does not come to its own', async () => {
    const { gate, release } = aGate();
    const { make, confirmed, metrics } = attempts(callsWithPermit(deadly(gate), gate), LOST);
    const runs: Promise<unknown>[] = [];
    for (let attempt = 2; attempt <= 3; attempt++) {
      runs.push(make(attempt));
      await soon();
    }
    expect(confirmed.slice(1)).toEqual([{ phase: 'waiting', bytesReceived: 0, paidAttempts: 1, countedAttempts: 1 }]);
    expect((await metrics.unknownOutcomes.get()).values[0]?.value).toBe(1);
    expect((await metrics.unknownOutcomeTokens.get()).values[0]?.value).toBe(150);
    release();
    await Promise.all(runs);
  });

  test.each<[string, () => Promise<boolean>]>([
    ['cannot be told', () => Promise.reject(new Error('UNAVAILABLE'))],
    ['has given the message to another attempt', () => Promise.resolve(false)],
  ])('has no lost call counted, and gives its permit back, when Temporal %s', async (_case, confirmedHeartbeat) => {
    const { provider, asked } = scripted();
    let forgone = 0;
    const calls = callsOf(provider, () => (forgone += 1));
    const { complete, metrics } = activity(provider, { calls, confirmedHeartbeat });
    const environment = activityEnvironment({ attempt: 2, heartbeatDetails: LOST });
    const run = environment.run(complete, input).catch((error: unknown) => error);
    await soon();
    environment.cancel();
    expect(await run).toBeInstanceOf(Error);
    expect(asked).toEqual([]);
    expect(forgone).toBe(1);
    expect((await metrics.unknownOutcomes.get()).values).toEqual([]);
  });

  test('the SDK has what Temporal confirms: with the failure of an attempt it sends what it was told last', async () => {
    const { provider } = scripted(completion('{"label":"spam"}'));
    const confirmed: CallHeartbeat[] = [];
    const confirmedHeartbeat = (_: unknown, details: CallHeartbeat) => {
      confirmed.push(details);
      return Promise.resolve(true);
    };
    const { complete } = activity(provider, { calls: callsWithPermit(provider), confirmedHeartbeat });
    const environment = activityEnvironment({ attempt: 2, heartbeatDetails: LOST });
    const beats = beatsOf(environment);
    await environment.run(complete, input);
    expect(confirmed).toHaveLength(2);
    expect(beats.slice(0, 2)).toEqual(confirmed);
  });
});

describe("a retry's call", () => {
  test('waits until Temporal has it; the heartbeats meanwhile do not take it back', async () => {
    const { gate, release } = aGate();
    const { provider, asked } = scripted(completion('{"label":"spam"}'));
    const confirmedHeartbeat = () => gate.then(() => true);
    const environment = activityEnvironment({ attempt: 2 });
    const beats = beatsOf(environment);
    const { complete } = activity(provider, { calls: callsWithPermit(provider), confirmedHeartbeat });
    const run = environment.run(complete, input);
    while (beats.length < 2) await once(environment, 'heartbeat');
    const claim = { paidAttempts: 1, countedAttempts: 0 };
    expect(beats).toMatchObject([claim, claim]);
    expect(asked).toEqual([]);
    release();
    expect(await run).toMatchObject({ kind: 'output' });
  });

  test('is not made, nor counted, when Temporal cannot be told', async () => {
    const { provider, asked } = scripted();
    const confirmedHeartbeat = () => Promise.reject(new Error('UNAVAILABLE'));
    const environment = activityEnvironment({ attempt: 2 });
    const beats = beatsOf(environment);
    const { complete, metrics } = activity(provider, { calls: callsWithPermit(provider), confirmedHeartbeat });
    await expect(environment.run(complete, input)).rejects.toThrow('UNAVAILABLE');
    expect(asked).toEqual([]);
    // Temporal may have it all the same.
    expect(beats.at(-1)).toMatchObject({ paidAttempts: 0, countedAttempts: 0 });
    expect((await metrics.calls.get()).values).toEqual([]);
    expect((await metrics.inFlight.get()).values).toMatchObject([{ value: 0 }]);
  });

  test('is not made when the attempt is not wanted any more: it ends as cancelled', async () => {
    const { provider, asked } = scripted();
    const environment = activityEnvironment({ attempt: 2 });
    const confirmedHeartbeat = () => {
      setImmediate(() => {
        environment.cancel();
      });
      return Promise.resolve(false);
    };
    const { complete, metrics } = activity(provider, { calls: callsWithPermit(provider), confirmedHeartbeat });
    await expect(environment.run(complete, input)).rejects.toThrow('CANCELLED');
    expect(asked).toEqual([]);
    expect((await metrics.unknownOutcomes.get()).values).toEqual([]);
  });
});

test('a first attempt asks Temporal for no confirmation', async () => {
  const { provider } = scripted(completion('{"label":"spam"}'));
  const confirmedHeartbeat = () => Promise.reject(new Error('asked'));
  const { complete } = activity(provider, { calls: callsWithPermit(provider), confirmedHeartbeat });
  expect(await activityEnvironment().run(complete, input)).toMatchObject({ kind: 'output' });
});
