import { createMemoryCache } from '../../../cache/memory-cache.ts';

const answer = (text: string) => ({ text, model: 'm' });

describe('the cache in memory', () => {
  beforeEach(async () => {
    jest.useFakeTimers();
    // The library takes 0 for "no time".
    await jest.advanceTimersByTimeAsync(1_000);
  });
  afterEach(() => void jest.useRealTimers());

  it('gives back what it was given until its time is over', async () => {
    const cache = createMemoryCache({ ttlMs: 60_000, maxBytes: 1_000_000 });
    await cache.set('a', answer('A'));
    await jest.advanceTimersByTimeAsync(59_000);
    expect(await cache.get('a')).toEqual(answer('A'));
    expect(await cache.get('b')).toBeUndefined();
    await jest.advanceTimersByTimeAsync(2_000);
    expect(await cache.get('a')).toBeUndefined();
  });

  it('keeps no more bytes than it may, and what was used last', async () => {
    const cache = createMemoryCache({ ttlMs: 60_000, maxBytes: 50_000 });
    const text = 'x'.repeat(10_000);
    await cache.set('a', answer(text));
    await cache.set('b', answer(text));
    await cache.get('a');
    await cache.set('c', answer(text));
    expect(await Promise.all(['a', 'b', 'c'].map((key) => cache.get(key)))).toEqual([
      answer(text),
      undefined,
      answer(text),
    ]);
  });

  it('keeps nothing that is larger than all it may keep', async () => {
    const cache = createMemoryCache({ ttlMs: 60_000, maxBytes: 10_000 });
    await cache.set('a', answer('A'));
    await cache.set('b', answer('x'.repeat(10_000)));
    expect(await cache.get('b')).toBeUndefined();
    expect(await cache.get('a')).toEqual(answer('A'));
  });
});
