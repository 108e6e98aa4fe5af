import type { LimiterSnapshot, Permit } from './limiter.ts';
import type { ProviderCall } from './provider-call.ts';

/** A place to make a call from: reserved before the work is polled, used when the work has come. */
export interface CallSlot {
  use(): void;
  /** The work is done, or none came. */
  release(): void;
}

/**
 * Joins the two sides of a call: the poller that gets a permit before there is work, and the work, which does not know what it
 * was polled with. Each work takes the oldest permit in use that nobody has taken; over all calls it comes to the same.
 */
export interface ProviderCalls {
  /** Resolves when work for one more call may be polled. Rejects with the signal's reason when aborted. */
  acquire(signal: AbortSignal): Promise<CallSlot>;
  /** For work that runs in a slot: its one call. Resolves when there is a slot in use whose call nobody has taken. */
  take(): Promise<ProviderCall>;
  snapshot(): LimiterSnapshot;
}

/** Where permits come from, and what can be done with one. */
export interface CallSource {
  acquire(signal: AbortSignal): Promise<Permit>;
  /**
   * @param permit of this source.
   * @param counted what the call is counted by, where more counts than the permit itself.
   */
  callWith(permit: Permit, counted?: Permit): ProviderCall;
  snapshot(): LimiterSnapshot;
}

export function createProviderCalls(source: CallSource): ProviderCalls {
  const untaken = new Set<Permit>();
  const takers: ((permit: Permit) => void)[] = [];

  function inUse(permit: Permit): void {
    permit.use();
    const taker = takers.shift();
    if (taker === undefined) untaken.add(permit);
    else taker(permit);
  }

  return {
    async acquire(signal) {
      const permit = await source.acquire(signal);
      let isUsed = false;
      return {
        use() {
          isUsed = true;
          inUse(permit);
        },
        release() {
          // Taken, it ends with its call, which may be that of another slot.
          if (!isUsed || untaken.delete(permit)) permit.release();
        },
      };
    },
    async take() {
      const [oldest] = untaken;
      if (oldest === undefined) return source.callWith(await new Promise<Permit>((resolve) => takers.push(resolve)));
      untaken.delete(oldest);
      return source.callWith(oldest);
    },
    snapshot: () => source.snapshot(),
  };
}
