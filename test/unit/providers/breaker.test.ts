import type { ProviderNews } from '../../../contracts/rate-budget.ts';
import { createBreaker, type BreakerState } from '../../../providers/breaker.ts';
import type { Permit } from '../../../providers/limiter.ts';
import { ProviderError, type CompletionProvider, type ProviderErrorKind } from '../../../providers/provider.ts';
import { createProcessLimiter } from '../../../providers/process-limiter.ts';

const never = () => new AbortController().signal;
const passed = (ms: number) => jest.advanceTimersByTimeAsync(ms);

/** Calls to a provider whose next outcome the test decides, each with a permit as an activity has it. */
function setup({ random = () => 0, retryAfterMs }: { random?: () => number; retryAfterMs?: number | undefined } = {}) {
  const changes: (readonly [BreakerState, string | undefined])[] = [];
  const news: ProviderNews[] = [];
  const limiter = createProcessLimiter({ maxConcurrency: 1_000 });
  const breaker = createBreaker({
    ...{ limiter, random },
    onChange: (state, because) => changes.push([state, because]),
    onNews: (told) => news.push(told),
  });
  const ends: ((outcome: ProviderErrorKind | 'ok' | 'cancelled') => void)[] = [];
  const provider: CompletionProvider = breaker.watch({
    name: 'p',
    complete: () =>
      new Promise((resolve, reject) => {
        ends.push((outcome) => {
          if (outcome === 'ok') resolve({} as Awaited<ReturnType<CompletionProvider['complete']>>);
          else if (outcome === 'cancelled') reject(new Error('cancelled'));
          else reject(new ProviderError(outcome, 'told to', { maybePaid: false, retryAfterMs }));
        });
      }),
  });
  /** Starts a call with a permit that was given before; the returned function ends it. */
  function begin(permit: Permit): (outcome: ProviderErrorKind | 'ok' | 'cancelled') => Promise<void> {
    permit.use();
    const call = provider
      .complete({ messages: [], maxOutputTokens: 1 }, { signal: never(), timeoutMs: 1, requestId: 'r' })
      .catch(() => undefined);
    const end = ends.pop()!;
    return async (outcome) => {
      end(outcome);
      await call;
      permit.release();
    };
  }
  const call = async (outcome: ProviderErrorKind | 'ok' | 'cancelled') =>
    begin(await breaker.acquire(never()))(outcome);
  const calls = async (outcome: ProviderErrorKind | 'ok', count: number) => {
    for (let i = 0; i < count; i++) await call(outcome);
  };
  /** Asks for a permit; `granted()` tells whether it came. */
  function ask(signal = never()) {
    let permit: Permit | undefined;
    const asked = breaker.acquire(signal).then((given) => (permit = given));
    asked.catch(() => undefined);
    return { asked, granted: () => permit !== undefined, permit: () => permit! };
  }
  return { breaker, limiter, changes, news, call, calls, ask, begin };
}

beforeEach(() => jest.useFakeTimers());
afterEach(() => jest.useRealTimers());

describe('a fault that meets every message', () => {
  it.each<ProviderErrorKind>(['authentication', 'quota-exhausted', 'model-not-found'])(
    '%s: the third in a row stops all permits, and one probe a minute is let through',
    async (kind) => {
      const { breaker, calls, ask, begin } = setup();
      await calls(kind, 2);
      expect(breaker.state).toBe('closed');
      await calls(kind, 1);
      expect(breaker.state).toBe('open');
      const asks = [ask(), ask(), ask()];
      const granted = () => asks.filter((one) => one.granted()).length;
      await passed(59_999);
      expect(granted()).toBe(0);
      for (const probes of [1, 2]) {
        await passed(1);
        expect(granted()).toBe(probes);
        expect(breaker.state).toBe('half-open');
        await begin(asks[probes - 1]!.permit())(kind);
        await passed(59_999);
        expect(granted()).toBe(probes);
      }
    },
  );

  it('is over when a probe is answered: everybody gets permits again', async () => {
    const { breaker, calls, changes, ask, begin } = setup();
    await calls('authentication', 3);
    const [first, second] = [ask(), ask()];
    await passed(60_000);
    await begin(first.permit())('ok');
    await passed(0);
    expect(second.granted()).toBe(true);
    expect(breaker.state).toBe('closed');
    expect(changes).toEqual([
      ['open', 'authentication'],
      ['half-open', undefined],
      ['closed', undefined],
    ]);
  });

  it('is over, too, when the probe is refused for what the message itself says', async () => {
    const { breaker, calls, ask, begin } = setup();
    await calls('quota-exhausted', 3);
    const probe = ask();
    await passed(60_000);
    await begin(probe.permit())('content-filtered');
    expect(breaker.state).toBe('closed');
  });

  it('is not one message that is refused while others are answered, however often it comes back', async () => {
    const { breaker, call } = setup();
    for (let i = 0; i < 20; i++) {
      await call('authentication');
      await call('ok');
    }
    expect(breaker.state).toBe('closed');
  });

  it('is not three messages that are refused at once, when a call that began after them was answered first', async () => {
    const { breaker, begin, call } = setup();
    const permits = await Promise.all([1, 2, 3].map(() => breaker.acquire(never())));
    const refused = permits.map((permit) => begin(permit));
    await call('ok');
    for (const end of refused) await end('authentication');
    expect(breaker.state).toBe('closed');
  });

  it.each(['ok', 'bad-request', 'authentication'] as const)(
    'is decided by probes: a call that had its permit before and ends %s changes nothing',
    async (end) => {
      const { breaker, calls, ask, begin } = setup();
      const permit = await breaker.acquire(never());
      await calls('authentication', 3);
      const waiting = ask();
      await passed(30_000);
      const late = begin(permit);
      await passed(10_000);
      await late(end);
      expect(breaker.state).toBe('open');
      await passed(19_999);
      expect(waiting.granted()).toBe(false);
      await passed(1);
      expect(waiting.granted()).toBe(true);
    },
  );

  it('is not over because calls from before it are answered late', async () => {
    const { breaker, calls, begin } = setup();
    const early = begin(await breaker.acquire(never()));
    await calls('authentication', 3);
    await early('ok');
    expect(breaker.state).toBe('open');
  });

  it('is probed up to a fifth later, as chance has it, so that workers do not probe together', async () => {
    const { calls, ask } = setup({ random: () => 1 });
    await calls('authentication', 3);
    const waiting = ask();
    await passed(71_999);
    expect(waiting.granted()).toBe(false);
    await passed(1);
    expect(waiting.granted()).toBe(true);
  });
});

describe('a probe', () => {
  it('that found no task is given to the next who asks', async () => {
    const { breaker, calls, ask } = setup();
    await calls('authentication', 3);
    const [first, second] = [ask(), ask()];
    await passed(60_000);
    expect([first.granted(), second.granted()]).toEqual([true, false]);
    first.permit().release();
    await passed(0);
    expect(second.granted()).toBe(true);
    expect(breaker.state).toBe('half-open');
  });

  it('whose call was cancelled has asked nothing: the next one probes', async () => {
    const { breaker, calls, ask, begin } = setup();
    await calls('authentication', 3);
    const [first, second] = [ask(), ask()];
    await passed(60_000);
    await begin(first.permit())('cancelled');
    await passed(0);
    expect(second.granted()).toBe(true);
    expect(breaker.state).toBe('half-open');
  });

  it.each(['ok', 'authentication'] as const)(
    'is not decided by a call that began before it and ends %s during it',
    async (end) => {
      const { breaker, calls, ask, begin } = setup();
      const permit = await breaker.acquire(never());
      await calls('authentication', 3);
      const late = begin(permit);
      const probe = ask();
      await passed(60_000);
      await late(end);
      expect(breaker.state).toBe('half-open');
      await begin(probe.permit())('ok');
      expect(breaker.state).toBe('closed');
    },
  );

  it('is not spoilt by a call from before that fails late', async () => {
    const { breaker, calls, ask, begin } = setup();
    const early = begin(await breaker.acquire(never()));
    await calls('authentication', 3);
    const probe = ask();
    await passed(60_000);
    await early('authentication');
    expect(breaker.state).toBe('half-open');
    await begin(probe.permit())('ok');
    expect(breaker.state).toBe('closed');
  });

  it('is one, also when the slot of the probe before it is given back late', async () => {
    const { breaker, calls, ask } = setup();
    await calls('unavailable', 5);
    const asks = [ask(), ask(), ask()];
    await passed(5_000);
    const [first] = asks;
    first!.permit().use();
    breaker
      .watch({
        name: 'p',
        complete: () => Promise.reject(new ProviderError('unavailable', 'no', { maybePaid: false })),
      })
      .complete({ messages: [], maxOutputTokens: 1 }, { signal: never(), timeoutMs: 1, requestId: 'r' })
      .catch(() => undefined);
    await passed(10_000);
    const granted = () => asks.filter((one) => one.granted()).length;
    expect(granted()).toBe(2);
    first!.permit().release();
    await passed(0);
    expect(granted()).toBe(2);
  });

  it('is one, also when the limiter makes several wait and then lets all of them go', async () => {
    const { breaker, calls, limiter, ask } = setup();
    const all = await Promise.all(Array.from({ length: 999 }, () => limiter.acquire(never())));
    await calls('authentication', 3);
    all.push(await limiter.acquire(never()));
    const asks = [ask(), ask(), ask()];
    await passed(60_000);
    for (const permit of all) permit.release();
    await passed(0);
    expect(asks.filter((one) => one.granted())).toHaveLength(1);
    expect(breaker.snapshot().held).toBe(1);
  });
});

describe('an outage', () => {
  const FAILING: readonly ProviderErrorKind[] = ['unavailable', 'overloaded', 'timeout', 'malformed-response'];

  it.each(FAILING)('of calls that end %s opens it when half of at least twenty fail', async (kind) => {
    const { breaker, call } = setup();
    await call('ok');
    for (let i = 0; i < 9; i++) {
      await call(kind);
      await call('ok');
    }
    expect(breaker.state).toBe('closed');
    await call(kind);
    expect(breaker.state).toBe('open');
  });

  it.each(FAILING)('of five calls in a row that end %s opens it, without a success between them', async (kind) => {
    const { breaker, calls } = setup();
    await calls(kind, 4);
    await calls('ok', 1);
    await calls(kind, 4);
    expect(breaker.state).toBe('closed');
    await calls(kind, 1);
    expect(breaker.state).toBe('open');
  });

  it('and refusals of another sort do not add up', async () => {
    const { breaker, calls } = setup();
    await calls('unavailable', 4);
    await calls('authentication', 2);
    expect(breaker.state).toBe('closed');
  });

  it('is not made of failures half a minute apart, nor of refusals', async () => {
    const { breaker, call } = setup();
    for (let i = 0; i < 19; i++) await call(i % 2 === 0 ? 'unavailable' : 'ok');
    await passed(30_000);
    await call('unavailable');
    for (let i = 0; i < 40; i++) await call(i % 2 === 0 ? 'content-filtered' : 'bad-request');
    expect(breaker.state).toBe('closed');
  });

  it('is probed after five seconds, then half as often each time, down to once a minute', async () => {
    const { breaker, calls, ask, begin } = setup();
    await calls('unavailable', 5);
    for (const delay of [5_000, 10_000, 20_000, 40_000, 60_000, 60_000]) {
      const probe = ask();
      await passed(delay - 1);
      expect(probe.granted()).toBe(false);
      await passed(1);
      await begin(probe.permit())('unavailable');
      expect(breaker.state).toBe('open');
    }
  });

  it('leaves no failures behind that would open it again at once', async () => {
    const { breaker, call, calls, ask, begin } = setup();
    await calls('unavailable', 5);
    const probe = ask();
    await passed(5_000);
    await begin(probe.permit())('ok');
    await call('unavailable');
    expect(breaker.state).toBe('closed');
  });
});

test('a worker that shuts down does not wait for the breaker', async () => {
  const { calls, ask } = setup();
  await calls('authentication', 3);
  const shutdown = new AbortController();
  const waiting = ask(shutdown.signal);
  shutdown.abort(new Error('shutting down'));
  await expect(waiting.asked).rejects.toThrow('shutting down');
});

describe('a rate limit', () => {
  it.each([
    { says: 'as long as the provider asks', retryAfterMs: 7_000, pauseMs: 7_000 },
    { says: 'a second when it does not say', retryAfterMs: undefined, pauseMs: 1_000 },
    { says: 'a minute at most', retryAfterMs: 86_400_000, pauseMs: 60_000 },
  ])('that one call meets lets all wait $says', async ({ retryAfterMs, pauseMs }) => {
    const { breaker, call, ask } = setup({ retryAfterMs });
    await call('rate-limited');
    const waiting = ask();
    await passed(pauseMs - 1);
    expect(waiting.granted()).toBe(false);
    await passed(1);
    expect(waiting.granted()).toBe(true);
    expect(breaker.state).toBe('closed');
  });

  it('is no outage, however many calls meet it', async () => {
    const { breaker, begin } = setup();
    const permits = await Promise.all(Array.from({ length: 40 }, () => breaker.acquire(never())));
    for (const permit of permits) await begin(permit)('rate-limited');
    expect(breaker.state).toBe('closed');
  });
});

describe('what all workers agreed on', () => {
  const open = { because: 'unavailable' };

  it('opens a breaker that has seen nothing itself, and closes it', async () => {
    const { breaker, ask, changes } = setup();
    breaker.follow({ isPaused: false, open });
    const waiting = ask();
    await passed(600_000);
    expect([breaker.state, waiting.granted()]).toEqual(['open', false]);
    breaker.follow({ isPaused: false });
    await passed(0);
    expect(waiting.granted()).toBe(true);
    expect(changes).toEqual([
      ['open', 'unavailable'],
      ['closed', undefined],
    ]);
  });

  it.each(['takes over', 'has lost its budget'])(
    'is probed now and then, not all the time, by a worker that %s',
    async (how) => {
      const { breaker, ask, begin } = setup();
      breaker.follow({ isPaused: false, open });
      if (how === 'takes over') breaker.follow({ isPaused: false, open: { ...open, probeInMs: 0 } });
      else breaker.followNobody();
      await passed(60_000);
      let probes = 0;
      for (let second = 0; second < 60; second++) {
        const probe = ask();
        await passed(1_000);
        if (!probe.granted()) continue;
        probes += 1;
        await begin(probe.permit())('unavailable');
      }
      expect(probes).toBeGreaterThan(0);
      expect(probes).toBeLessThanOrEqual(4);
    },
  );

  it('pauses calls, whatever the breaker is, until it is resumed', async () => {
    const { breaker, ask } = setup();
    breaker.follow({ isPaused: true });
    const waiting = ask();
    await passed(60_000);
    expect([breaker.state, waiting.granted()]).toEqual(['paused', false]);
    breaker.follow({ isPaused: false });
    await passed(0);
    expect(waiting.granted()).toBe(true);
  });

  it('is not believed for seconds after a change of its own, which they may not know yet', async () => {
    const { breaker, calls } = setup();
    await calls('unavailable', 5);
    breaker.follow({ isPaused: false });
    expect(breaker.state).toBe('open');
    await passed(3_000);
    breaker.follow({ isPaused: false });
    expect(breaker.state).toBe('closed');
  });

  it('is told of what it does, and of refusals', async () => {
    const { news, calls, call, ask, begin } = setup();
    await call('rate-limited');
    const waiting = calls('unavailable', 5);
    await passed(1_000);
    await waiting;
    const probe = ask();
    await passed(5_000);
    await begin(probe.permit())('ok');
    expect(news).toEqual([
      { refused: { pauseMs: 1_000 } },
      { breaker: { opened: { because: 'unavailable', probeInMs: 5_000 } } },
      { breaker: { closed: true } },
    ]);
  });
});
