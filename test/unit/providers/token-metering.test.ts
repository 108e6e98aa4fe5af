import type { CompletionRequest } from '../../../contracts/completion.ts';
import { ProviderError, type CompletionProvider } from '../../../providers/provider.ts';
import { estimateTokens } from '../../../providers/token-estimate.ts';
import { meterTokens } from '../../../providers/token-metering.ts';

const aRequest = (content: string, maxOutputTokens = 100): CompletionRequest => ({
  messages: [{ role: 'user', content }],
  maxOutputTokens,
});
const aCall = { signal: new AbortController().signal, timeoutMs: 1_000, requestId: 'r' };

function setup(complete: CompletionProvider['complete']) {
  const reserved: number[] = [];
  const settled: number[] = [];
  let calls = 0;
  const limiter = {
    reserveTokens: (tokens: number) => {
      reserved.push(tokens);
      return { settle: (taken: number) => void settled.push(taken) };
    },
  } as Parameters<typeof meterTokens>[1]['limiter'];
  const provider: CompletionProvider = {
    name: 'test',
    complete: (request, call) => {
      calls += 1;
      return complete(request, call);
    },
  };
  return {
    metered: meterTokens(provider, { limiter, tokensPerMinute: 1_000 }),
    reserved,
    settled,
    calls: () => calls,
  };
}
const answering = (inputTokens: number, outputTokens: number) =>
  setup(() =>
    Promise.resolve({ text: '', finishReason: 'stop', model: 'm', usage: { inputTokens, outputTokens } } as const),
  );
const failing = (maybePaid: boolean) =>
  setup(() => Promise.reject(new ProviderError('unavailable', 'down', { maybePaid })));

describe('the metering of tokens', () => {
  it('reserves the most a call can take, and settles for what it took', async () => {
    const { metered, reserved, settled } = answering(300, 90);
    const request = aRequest('x'.repeat(600));
    await metered.complete(request, aCall);
    expect(reserved).toEqual([estimateTokens(request)]);
    expect(settled).toEqual([390]);
  });

  it('settles for no less than the output it allowed, which providers charge when they let a call in', async () => {
    const { metered, settled } = answering(10, 5);
    await metered.complete(aRequest('short'), aCall);
    expect(settled).toEqual([100]);
  });

  it('gives everything back for a call that took nothing, and nothing for one that may have', async () => {
    const nothing = failing(false);
    await expect(nothing.metered.complete(aRequest('a'), aCall)).rejects.toThrow('down');
    expect(nothing.settled).toEqual([0]);
    const something = failing(true);
    await expect(something.metered.complete(aRequest('a'), aCall)).rejects.toThrow('down');
    expect(something.settled).toEqual([]);
  });

  it('never makes a call that is larger than the whole limit, and says by how much', async () => {
    const { metered, calls, reserved } = answering(1, 1);
    const failure = await metered.complete(aRequest('x'.repeat(3_000)), aCall).catch((error: unknown) => error);
    expect(failure).toMatchObject({ kind: 'context-length', maybePaid: false });
    expect(String(failure)).toContain('1108 tokens, 100 of them output; LLM_TOKENS_PER_MINUTE is 1000');
    expect([calls(), reserved]).toEqual([0, []]);
  });

  it('estimates by bytes, in every language, and counts the schema of a structured output', () => {
    const plain = estimateTokens(aRequest('語'.repeat(100), 0));
    expect(plain).toBeGreaterThanOrEqual(100);
    const schema = { name: 's', schema: { type: 'object', description: 'd'.repeat(300) } };
    expect(estimateTokens({ ...aRequest('語'.repeat(100), 0), responseFormat: schema })).toBeGreaterThan(plain + 100);
  });
});
