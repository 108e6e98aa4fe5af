/** One call's way through the queue. */
export interface Turn {
  /** Resolves when the call may begin; rejects while all places are held by calls that hang. */
  readonly comes: Promise<void>;
  /** The call has ended, or is no longer wanted before its turn. */
  readonly ends: () => void;
}

export interface CallQueueOptions {
  readonly places: number;
  /** A call that is under way for so long hangs. */
  readonly hangsAfterMs: number;
  readonly refusal: () => Error;
}

interface Entry {
  state: 'waiting' | 'under way' | 'hangs';
  timer?: NodeJS.Timeout;
  readonly begin: () => void;
  readonly refuse: (error: Error) => void;
}

/**
 * So many calls at a time, the others wait in the order they came. Each keeps its place until it has ended, also when nobody waits for it
 * any more: what hangs gets no more of the process than these places, and while it has them all, whoever comes is refused at once.
 */
export function createCallQueue({ places, hangsAfterMs, refusal }: CallQueueOptions): { join(): Turn } {
  const entries = new Set<Entry>();
  const inState = (state: Entry['state']) => [...entries].filter((entry) => entry.state === state);

  function goOn(): void {
    const hanging = inState('hangs').length;
    const waiting = inState('waiting');
    if (hanging >= places) {
      for (const entry of waiting) {
        entries.delete(entry);
        entry.refuse(refusal());
      }
      return;
    }
    const free = Math.max(0, places - hanging - inState('under way').length);
    for (const entry of waiting.slice(0, free)) {
      entry.state = 'under way';
      entry.timer = setTimeout(() => {
        entry.state = 'hangs';
        goOn();
      }, hangsAfterMs);
      entry.begin();
    }
  }

  return {
    join() {
      let ends = () => {};
      const comes = new Promise<void>((begin, refuse) => {
        const entry: Entry = { state: 'waiting', begin, refuse };
        entries.add(entry);
        ends = () => {
          clearTimeout(entry.timer);
          if (entries.delete(entry)) goOn();
        };
      });
      goOn();
      return { comes, ends };
    },
  };
}
