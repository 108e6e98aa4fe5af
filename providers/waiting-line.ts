interface Waiter<Wish, Grant> {
  readonly wish: Wish;
  readonly grant: (what: Grant) => void;
}

/** Who waits, first come, first served, until each is granted its wish or gives up. */
export class WaitingLine<Wish, Grant> {
  private readonly waiters: Waiter<Wish, Grant>[] = [];
  private readonly onChange: () => void;

  /** @param onChange somebody came, or gave up: the first may be another one now. */
  constructor(onChange: () => void = () => undefined) {
    this.onChange = onChange;
  }

  get length(): number {
    return this.waiters.length;
  }

  /** What the first one waits for. */
  get first(): Wish | undefined {
    return this.waiters[0]?.wish;
  }

  /** Resolves with what is granted. Rejects with the signal's reason when aborted. */
  wait(wish: Wish, signal: AbortSignal): Promise<Grant> {
    return new Promise((resolve, reject) => {
      if (signal.aborted) {
        reject(signal.reason as Error);
        return;
      }
      const waiter: Waiter<Wish, Grant> = {
        wish,
        grant: (what) => {
          signal.removeEventListener('abort', giveUp);
          resolve(what);
        },
      };
      const giveUp = () => {
        this.waiters.splice(this.waiters.indexOf(waiter), 1);
        this.onChange();
        reject(signal.reason as Error);
      };
      signal.addEventListener('abort', giveUp, { once: true });
      this.waiters.push(waiter);
      this.onChange();
    });
  }

  grantFirst(what: Grant): void {
    this.waiters.shift()?.grant(what);
  }
}
