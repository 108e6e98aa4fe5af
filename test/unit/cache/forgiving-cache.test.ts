import { pino } from 'pino';
import type { CacheLock, CompletionCache } from '../../../cache/completion-cache.ts';
import { forgive } from '../../../cache/forgiving-cache.ts';

const answer = { text: 'A', model: 'm' };
const nothing: CompletionCache = {
  get: async () => undefined,
  set: async () => undefined,
  lock: async () => undefined,
  close: async () => undefined,
};

/** A cache that can be switched to fail or to hang, and what was logged about it. */
function setup() {
  let state: 'up' | 'down' | 'hanging' = 'up';
  const respond = <T>(value: T): Promise<T> => {
    if (state === 'down') return Promise.reject(new Error('ECONNREFUSED'));
    return state === 'hanging' ? new Promise(() => {}) : Promise.resolve(value);
  };
  const store: CompletionCache = {
    get: () => respond(answer),
    set: () => respond(undefined),
    lock: () => respond(undefined),
    close: () => respond(undefined),
  };
  const lines: string[] = [];
  const logger = pino(
    { level: 'info' },
    { write: (line) => void lines.push((JSON.parse(line) as { msg: string }).msg) },
  );
  let errors = 0;
  const cache = forgive(store, { logger, onError: () => (errors += 1) });
  return { cache, lines, errors: () => errors, set: (next: typeof state) => (state = next) };
}

describe('a cache that is forgiven', () => {
  it('has nothing and stops nobody while it fails, says so once, and once that it is back', async () => {
    const { cache, lines, errors, set } = setup();
    expect(await cache.get('a')).toEqual(answer);
    expect(await cache.lock('a')).toBeUndefined();
    set('down');
    expect(await cache.get('a')).toBeUndefined();
    await cache.set('a', answer);
    const lock = await cache.lock('a');
    await lock?.release();
    expect(lock).toBeDefined();
    expect(errors()).toBe(3);
    set('up');
    expect(await cache.get('a')).toEqual(answer);
    await cache.get('a');
    set('down');
    await cache.get('a');
    expect(lines).toEqual([
      'the cache does not answer: the provider is asked for everything',
      'the cache answers again',
      'the cache does not answer: the provider is asked for everything',
    ]);
  });

  it('is waited for a quarter of a second', async () => {
    jest.useFakeTimers();
    try {
      const { cache, errors, set } = setup();
      set('hanging');
      let found: unknown = 'nothing yet';
      void cache.get('a').then((value) => (found = value));
      await jest.advanceTimersByTimeAsync(249);
      expect(found).toBe('nothing yet');
      await jest.advanceTimersByTimeAsync(2);
      expect(found).toBeUndefined();
      expect(errors()).toBe(1);
    } finally {
      jest.useRealTimers();
    }
  });

  it('gives a lock back that it got too late, when nobody waited for it any more', async () => {
    jest.useFakeTimers();
    try {
      let grant = (_lock: CacheLock) => {};
      let isHeld = true;
      const late = new Promise<CacheLock>((resolve) => (grant = resolve));
      const cache = forgive(
        { ...nothing, lock: () => late },
        { logger: pino({ level: 'silent' }), onError: () => undefined },
      );
      const lock = cache.lock('a');
      await jest.advanceTimersByTimeAsync(300);
      await (await lock)?.release();
      expect(isHeld).toBe(true);
      grant({ release: async () => void (isHeld = false) });
      await jest.advanceTimersByTimeAsync(0);
      expect(isHeld).toBe(false);
    } finally {
      jest.useRealTimers();
    }
  });
});
