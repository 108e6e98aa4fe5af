import type { CompletionRequest } from '../../../contracts/completion.ts';
import type { Permit } from '../../../providers/limiter.ts';
import { ProviderError, type CompletionProvider } from '../../../providers/provider.ts';
import { estimateTokens, type TokenCounting } from '../../../providers/token-estimate.ts';
import { createProviderCall } from '../../../providers/provider-call.ts';

const aRequest = (content: string, maxOutputTokens = 100): CompletionRequest => ({
  messages: [{ role: 'user', content }],
  maxOutputTokens,
});
const aCall = { signal: new AbortController().signal, timeoutMs: 1_000, requestId: 'r' };

function setup(complete: CompletionProvider['complete'], counting: TokenCounting = 'sum') {
  const reserved: number[] = [];
  const settled: number[] = [];
  let calls = 0;
  const permit: Permit = {
    use: () => undefined,
    reserveTokens: (tokens) => {
      reserved.push(tokens);
      return Promise.resolve({ settle: (taken: number) => void settled.push(taken) });
    },
    forgo: () => undefined,
    release: () => undefined,
  };
  const provider: CompletionProvider = {
    name: 'test',
    complete: (request, call) => {
      calls += 1;
      return complete(request, call);
    },
  };
  return {
    metered: createProviderCall(provider, permit, { counting, perMinute: () => 1_000 }),
    reserved,
    settled,
    calls: () => calls,
  };
}
const answering = (inputTokens: number, outputTokens: number, counting?: TokenCounting) =>
  setup(
    () =>
      Promise.resolve({ text: '', finishReason: 'stop', model: 'm', usage: { inputTokens, outputTokens } } as const),
    counting,
  );
const failing = (detail: { maybePaid: boolean; status?: number }) =>
  setup(() => Promise.reject(new ProviderError('unavailable', 'down', detail)));

describe('a call whose tokens are counted', () => {
  it('reserves what a call can take, and settles for what it took: at least the output that it allowed', async () => {
    const { metered, reserved, settled } = answering(300, 90);
    const request = aRequest('x'.repeat(600));
    await metered.complete(request, aCall);
    expect(reserved).toEqual([estimateTokens(request, 'sum')]);
    expect(settled).toEqual([400]);
  });

  it('counts the larger of input and output where the provider does', async () => {
    const { metered, reserved, settled } = answering(60, 30, 'larger');
    await metered.complete(aRequest('x'.repeat(90)), aCall);
    await metered.complete(aRequest('x'.repeat(600)), aCall);
    expect(reserved).toEqual([100, 208]);
    expect(settled).toEqual([100, 100]);
  });

  it('settles for more than it reserved when the text had more tokens than its bytes said', async () => {
    const { metered, reserved, settled } = answering(600, 150);
    await metered.complete(aRequest('7,'.repeat(300)), aCall);
    expect(reserved[0]).toBeLessThan(750);
    expect(settled).toEqual([750]);
  });

  it('keeps the reservation when the provider does not say what a call took', async () => {
    const { metered, settled } = answering(0, 0);
    await metered.complete(aRequest('a'), aCall);
    expect(settled).toEqual([]);
  });

  it('believes no more than the whole limit', async () => {
    const { metered, settled } = answering(9e15, 1);
    await metered.complete(aRequest('a'), aCall);
    expect(settled).toEqual([1_000]);
  });

  it.each([
    ['a call that never reached it', { maybePaid: false }, [0]],
    ['a call that was refused', { maybePaid: false, status: 429 }, [0]],
    ['a call that failed after it was let in', { maybePaid: false, status: 503 }, []],
    ['a call of which nobody knows', { maybePaid: true }, []],
  ])('of %s gives back what the provider has not counted', async (_, detail, expected) => {
    const { metered, settled } = failing(detail);
    await expect(metered.complete(aRequest('a'), aCall)).rejects.toThrow('down');
    expect(settled).toEqual(expected);
  });

  it('goes out when whoever asks lets it, after its tokens are there', async () => {
    const { metered, calls, reserved } = answering(1, 1);
    const phases: string[] = [];
    const beforeSent = () => {
      expect([reserved.length, calls(), phases]).toEqual([1, 0, ['waiting']]);
      return Promise.resolve();
    };
    await metered.complete(aRequest('a'), { ...aCall, beforeSent, onProgress: ({ phase }) => phases.push(phase) });
    expect([calls(), phases]).toEqual([1, ['waiting', 'sent']]);
  });

  it('is not made when whoever asks does not let it, and gives all its tokens back', async () => {
    const { metered, calls, settled } = answering(1, 1);
    const beforeSent = () => Promise.reject(new Error('not now'));
    await expect(metered.complete(aRequest('a'), { ...aCall, beforeSent })).rejects.toThrow('not now');
    expect([calls(), settled]).toEqual([0, [0]]);
  });

  it('goes back to its queue, unpaid, when there is no room for it within a minute', async () => {
    jest.useFakeTimers();
    const full: Permit = {
      ...{ use: () => undefined, forgo: () => undefined, release: () => undefined },
      reserveTokens: (_tokens, signal) =>
        new Promise((_resolve, reject) => {
          signal.addEventListener('abort', () => {
            reject(signal.reason as Error);
          });
        }),
    };
    const provider: CompletionProvider = { name: 'p', complete: () => Promise.reject(new Error('not asked')) };
    const call = createProviderCall(provider, full, { counting: 'sum', perMinute: () => 1_000 });
    const ended = expect(call.complete(aRequest('a'), aCall)).rejects.toMatchObject({
      ...{ kind: 'rate-limited', maybePaid: false },
    });
    await jest.advanceTimersByTimeAsync(60_000);
    await ended;
    jest.useRealTimers();
  });

  it('never makes a call that is sure to be larger than the whole limit, and says by how much', async () => {
    const { metered, calls, reserved } = answering(1, 1);
    const failure = await metered.complete(aRequest('x'.repeat(6_000)), aCall).catch((error: unknown) => error);
    expect(failure).toMatchObject({ kind: 'context-length', maybePaid: false });
    expect(String(failure)).toContain('1100 tokens, 100 of them allowed for output; the limit is 1000 a minute');
    expect([calls(), reserved]).toEqual([0, []]);
  });

  it('makes a call that may fit, for the whole limit', async () => {
    const { metered, calls, reserved } = answering(700, 50);
    await metered.complete(aRequest('x'.repeat(4_000)), aCall);
    expect([calls(), reserved]).toEqual([1, [1_000]]);
  });

  it('estimates by bytes, and counts the schema of a structured output', () => {
    const plain = estimateTokens(aRequest('語'.repeat(100), 0), 'sum');
    expect(plain).toBeGreaterThanOrEqual(100);
    const schema = { name: 's', schema: { type: 'object', description: 'd'.repeat(300) } };
    const structured = { ...aRequest('語'.repeat(100), 0), responseFormat: schema };
    expect(estimateTokens(structured, 'sum')).toBeGreaterThan(plain + 100);
  });
});
