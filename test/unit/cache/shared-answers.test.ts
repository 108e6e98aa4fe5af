import { shareAnswers } from '../../../cache/shared-answers.ts';
import type { CompletionCache } from '../../../cache/completion-cache.ts';
import { createMemoryCache } from '../../../cache/memory-cache.ts';
import type { Completion, CompletionRequest } from '../../../contracts/completion.ts';
import { ProviderError, type CallProgress, type CompletionProvider } from '../../../providers/provider.ts';

const aRequest = (content = 'Hello'): CompletionRequest => ({
  messages: [{ role: 'user', content }],
  maxOutputTokens: 10,
});
const anAnswer = (text: string): Completion => ({
  ...{ text, finishReason: 'stop', model: 'm-1', usage: { inputTokens: 7, outputTokens: 3 } },
});
const NOT_CALLED = { usage: { inputTokens: 0, outputTokens: 0 }, cached: true };
const transient = () => new ProviderError('unavailable', 'down', { maybePaid: false });

/** A provider whose calls the test ends, behind a cache; everything a test can see of both. */
function setup(cache: CompletionCache = createMemoryCache({ ttlMs: 60_000, maxBytes: 1e6 })) {
  const calls: { end: (outcome: Completion | Error) => void; timeoutMs: number }[] = [];
  let running = 0;
  let most = 0;
  const provider: CompletionProvider = {
    name: 'fake',
    complete: (_request, { timeoutMs }) =>
      new Promise<Completion>((resolve, reject) => {
        running += 1;
        most = Math.max(most, running);
        const end = (outcome: Completion | Error) => {
          running -= 1;
          if (outcome instanceof Error) reject(outcome);
          else resolve(outcome);
        };
        calls.push({ end, timeoutMs });
      }),
  };
  const results: string[] = [];
  const saved: string[] = [];
  const share = shareAnswers({ cache, source: { model: 'm' }, onResult: (result) => results.push(result) });
  let asked = 0;
  /** The progress a call reported comes with it. */
  const ask = (
    options: { signal?: AbortSignal; shareIf?: ((c: Completion) => boolean) | null; content?: string } = {},
  ) => {
    const { signal = new AbortController().signal, shareIf = () => true, content } = options;
    const phases: CallProgress['phase'][] = [];
    asked += 1;
    const requestId = `call-${String(asked)}`;
    const shared = share({ ...provider, forgo: () => void saved.push(requestId), end: () => {} });
    const answer = shared.complete(aRequest(content), {
      ...{ signal, timeoutMs: 10_000, requestId },
      onProgress: ({ phase }) => phases.push(phase),
      ...(shareIf && { shareIf }),
    });
    // Each test looks at it later; until then a rejection is not forgotten, only late.
    answer.catch(() => {});
    return { answer, phases };
  };
  return { ask, calls, results, saved, most: () => most };
}

/** As processes share it: with locks. */
function sharedCache() {
  const locks = new Set<string>();
  const cache: CompletionCache = {
    ...createMemoryCache({ ttlMs: 60_000, maxBytes: 1e6 }),
    async lock(key) {
      if (locks.has(key)) return undefined;
      locks.add(key);
      return { release: async () => void locks.delete(key) };
    },
  };
  return { cache, locks };
}

/** Whatever can go on without the provider and without time has gone on. */
const settled = () => jest.advanceTimersByTimeAsync(0);

beforeEach(() => void jest.useFakeTimers());
afterEach(() => void jest.useRealTimers());

describe('a provider behind the cache', () => {
  it('is asked once for equal requests; the answer is told apart, and cost nothing', async () => {
    const { ask, calls, results, saved } = setup();
    const first = ask();
    await settled();
    calls[0]!.end(anAnswer('Hi'));
    expect(await first.answer).toEqual(anAnswer('Hi'));
    const second = ask();
    expect(await second.answer).toEqual({ ...anAnswer('Hi'), ...NOT_CALLED });
    expect(calls).toHaveLength(1);
    expect(results).toEqual(['miss', 'hit']);
    expect(saved).toEqual(['call-2']);
    // That it goes out is for the call underneath to say, which may have to wait for its tokens.
    expect([first.phases, second.phases]).toEqual([['waiting'], ['waiting']]);
  });

  it('is asked each time for other requests, and for those that may not share', async () => {
    const { ask, calls, results } = setup();
    ask({ content: 'a' });
    ask({ content: 'b' });
    ask({ content: 'b', shareIf: null });
    await settled();
    expect(calls).toHaveLength(3);
    expect(results).toEqual(['miss', 'miss']);
  });

  it('is asked once for what comes while it answers: all get the one answer', async () => {
    const { ask, calls, results, saved } = setup();
    const all = Array.from({ length: 5 }, () => ask());
    await settled();
    expect(calls).toHaveLength(1);
    calls[0]!.end(anAnswer('Hi'));
    const answers = await Promise.all(all.map(({ answer }) => answer));
    expect(answers.map(({ text, cached }) => [text, cached])).toEqual([
      ['Hi', undefined],
      ...Array.from({ length: 4 }, () => ['Hi', true]),
    ]);
    expect(results).toEqual(['miss', 'shared', 'shared', 'shared', 'shared']);
    expect(saved).toHaveLength(4);
  });

  it('is asked by the next one when the first fails, one at a time, and each failure stays its own', async () => {
    const { ask, calls, saved, most } = setup();
    const [first, second, third, fourth] = [ask(), ask(), ask(), ask()];
    await settled();
    const failure = transient();
    calls[0]!.end(failure);
    await settled();
    expect(calls).toHaveLength(2);
    const other = transient();
    calls[1]!.end(other);
    await settled();
    calls[2]!.end(anAnswer('Hi'));
    await settled();
    expect(await Promise.allSettled([first, second, third, fourth].map(({ answer }) => answer))).toEqual([
      { status: 'rejected', reason: failure },
      { status: 'rejected', reason: other },
      { status: 'fulfilled', value: anAnswer('Hi') },
      { status: 'fulfilled', value: { ...anAnswer('Hi'), ...NOT_CALLED } },
    ]);
    expect(most()).toBe(1);
    expect(saved).toEqual(['call-4']);
  });

  it('is asked again for an answer that did not hold, at the same time and later', async () => {
    const { ask, calls } = setup();
    const shareIf = ({ text }: Completion) => text === 'good';
    const [first, second] = [ask({ shareIf }), ask({ shareIf })];
    await settled();
    calls[0]!.end(anAnswer('bad'));
    expect((await first.answer).text).toBe('bad');
    await settled();
    calls[1]!.end(anAnswer('good'));
    expect(await second.answer).toEqual(anAnswer('good'));
    expect((await ask({ shareIf }).answer).cached).toBe(true);
    expect(calls).toHaveLength(2);
  });

  it('is asked by whoever would take it, too, after an answer that did not hold for its own message', async () => {
    const { ask, calls } = setup();
    ask({ shareIf: () => false });
    await settled();
    calls[0]!.end(anAnswer('bad'));
    await settled();
    ask();
    await settled();
    expect(calls).toHaveLength(2);
  });

  it('is asked where a kept answer does not hold for this message', async () => {
    const { ask, calls } = setup();
    ask();
    await settled();
    calls[0]!.end(anAnswer('Hi'));
    const strict = ask({ shareIf: ({ text }) => text === 'Hello' });
    await settled();
    calls[1]!.end(anAnswer('Hello'));
    expect(await strict.answer).toEqual(anAnswer('Hello'));
  });

  it('loses nobody when one that waits is aborted, and when the one that asks is', async () => {
    const { ask, calls, saved } = setup();
    const [leader, waiting] = [new AbortController(), new AbortController()];
    const [first, second, third] = [ask({ signal: leader.signal }), ask({ signal: waiting.signal }), ask()];
    await settled();
    waiting.abort(new Error('cancelled'));
    await expect(second.answer).rejects.toThrow('cancelled');
    expect(saved).toEqual(['call-2']);
    leader.abort(new Error('shut down'));
    calls[0]!.end(leader.signal.reason as Error);
    await expect(first.answer).rejects.toThrow('shut down');
    await settled();
    calls[1]!.end(anAnswer('Hi'));
    expect((await third.answer).cached).toBeUndefined();
  });

  it('is asked within the deadline of a call that had to wait, but not when little of it is left', async () => {
    const { ask, calls } = setup();
    ask();
    const patient = ask();
    await jest.advanceTimersByTimeAsync(4_000);
    const young = ask();
    calls[0]!.end(transient());
    await settled();
    expect(calls[1]!.timeoutMs).toBe(6_000);
    await jest.advanceTimersByTimeAsync(5_500);
    calls[1]!.end(transient());
    await expect(patient.answer).rejects.toThrow('down');
    await expect(young.answer).rejects.toMatchObject({ kind: 'timeout', maybePaid: false });
    expect(calls).toHaveLength(2);
  });

  it('is not waited for beyond the deadline of a call', async () => {
    const { ask, calls, saved } = setup();
    ask();
    const waiting = ask();
    await jest.advanceTimersByTimeAsync(10_000);
    await expect(waiting.answer).rejects.toMatchObject({ kind: 'timeout', maybePaid: false });
    expect(calls).toHaveLength(1);
    expect(saved).toEqual(['call-2']);
  });

  it('is asked by one process at a time: the others look until the answer is there, or the lock is free', async () => {
    const { cache, locks } = sharedCache();
    const [here, there] = [setup(cache), setup(cache)];
    here.ask();
    await settled();
    const waiting = there.ask();
    await jest.advanceTimersByTimeAsync(1_000);
    expect(there.calls).toHaveLength(0);
    here.calls[0]!.end(transient());
    await jest.advanceTimersByTimeAsync(100);
    expect(there.calls).toHaveLength(1);
    const third = here.ask();
    await settled();
    there.calls[0]!.end(anAnswer('Hi'));
    await jest.advanceTimersByTimeAsync(100);
    expect((await waiting.answer).cached).toBeUndefined();
    expect((await third.answer).cached).toBe(true);
    expect([here.results, there.results]).toEqual([['miss', 'shared'], ['miss']]);
    expect(locks.size).toBe(0);
  });

  it('is asked by the next one of a process whose first was aborted while another process asked', async () => {
    const { cache } = sharedCache();
    const [here, there] = [setup(cache), setup(cache)];
    here.ask();
    await settled();
    const first = new AbortController();
    const aborted = there.ask({ signal: first.signal });
    const next = there.ask();
    await settled();
    first.abort(new Error('cancelled'));
    await expect(aborted.answer).rejects.toThrow('cancelled');
    here.calls[0]!.end(transient());
    await jest.advanceTimersByTimeAsync(100);
    there.calls[0]!.end(anAnswer('Hi'));
    expect(await next.answer).toEqual(anAnswer('Hi'));
  });

  it('is not asked for an answer that another process brought between the look and the lock', async () => {
    const { cache, locks } = sharedCache();
    const late: CompletionCache = {
      ...cache,
      async lock(key) {
        await cache.set(key, { text: 'Hi', model: 'm-1' });
        return cache.lock(key);
      },
    };
    const { ask, calls } = setup(late);
    expect((await ask().answer).cached).toBe(true);
    expect(calls).toHaveLength(0);
    expect(locks.size).toBe(0);
  });
});
