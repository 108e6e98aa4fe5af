import type { CacheLock, CompletionCache, StoredAnswer } from './completion-cache.ts';

/** How often a process looks whether another one has brought the answer. */
const LOOK_EVERY_MS = 100;

/** `hit`: the answer was there; `shared`: somebody else was asking for it. */
export interface FoundAnswer {
  readonly kind: 'found';
  readonly result: 'hit' | 'shared';
  readonly answer: StoredAnswer;
}

/** Nobody else asks for the key until it ends. */
export interface Turn {
  readonly kind: 'turn';
  /** With an answer that holds, which is kept for the others; without one the next of them has its turn. */
  end(answer: StoredAnswer | undefined): Promise<void>;
}

export interface Wish {
  /** Ends the wait with its reason. */
  readonly signal: AbortSignal;
  /** Whether a kept answer will do. */
  readonly holds: (answer: StoredAnswer) => boolean;
}

export interface Turns {
  /** Waits until there is an answer, or until it is this caller's turn to ask for one. */
  take(key: string, wish: Wish): Promise<FoundAnswer | Turn>;
}

/** One at a time for each key: in this process by promises, among those that share the cache by its locks. */
export function createTurns(cache: CompletionCache): Turns {
  /** Never rejects: whoever waits gets an answer, or has to compete for the turn. */
  const flights = new Map<string, Promise<StoredAnswer | undefined>>();

  async function take(key: string, wish: Wish): Promise<FoundAnswer | Turn> {
    for (let flight = flights.get(key); flight !== undefined; flight = flights.get(key)) {
      const answer = await orAborted(flight, wish.signal);
      if (answer !== undefined && wish.holds(answer)) return { kind: 'found', result: 'shared', answer };
    }
    return lead(key, wish);
  }

  async function lead(key: string, wish: Wish): Promise<FoundAnswer | Turn> {
    const land = takeOff(key);
    try {
      const found = await takeAmongProcesses(cache, key, wish);
      if (found.kind === 'found') {
        land(found.answer);
        return found;
      }
      return {
        kind: 'turn',
        async end(answer) {
          try {
            await found.end(answer);
          } finally {
            land(answer);
          }
        },
      };
    } catch (error) {
      land(undefined);
      throw error;
    }
  }

  /** What comes after it in this process waits for the returned function to be called. */
  function takeOff(key: string): (answer: StoredAnswer | undefined) => void {
    let resolve: (answer: StoredAnswer | undefined) => void = () => undefined;
    flights.set(key, new Promise((settle) => (resolve = settle)));
    return (answer) => {
      flights.delete(key);
      resolve(answer);
    };
  }

  return { take };
}

async function takeAmongProcesses(
  cache: CompletionCache,
  key: string,
  { signal, holds }: Wish,
): Promise<FoundAnswer | Turn> {
  const look = async () => {
    const answer = await cache.get(key);
    return answer !== undefined && holds(answer) ? answer : undefined;
  };
  for (let result: FoundAnswer['result'] = 'hit'; ; result = 'shared') {
    const answer = await look();
    if (answer !== undefined) return { kind: 'found', result, answer };
    const lock = await cache.lock(key);
    if (lock !== undefined) {
      // Its last holder may have brought it since the look.
      const late = await look();
      if (late === undefined) return turnWith(cache, key, lock);
      await lock.release();
      return { kind: 'found', result: 'shared', answer: late };
    }
    await orAborted(new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS)), signal);
  }
}

function turnWith(cache: CompletionCache, key: string, lock: CacheLock): Turn {
  return {
    kind: 'turn',
    async end(answer) {
      // Kept before it is free: who gets the lock next looks again.
      if (answer !== undefined) await cache.set(key, answer);
      await lock.release();
    },
  };
}

async function orAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  signal.throwIfAborted();
  let stop: () => void = () => undefined;
  const aborted = new Promise<never>((_, reject) => {
    stop = () => {
      reject(signal.reason as Error);
    };
    signal.addEventListener('abort', stop);
  });
  try {
    return await Promise.race([work, aborted]);
  } finally {
    signal.removeEventListener('abort', stop);
  }
}
