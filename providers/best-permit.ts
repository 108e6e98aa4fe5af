import type { FallbackLane } from './fallback-source.ts';
import type { Permit, TokenReservation } from './limiter.ts';

/** Without a wait of its own, a lane that has a permit out is looked at again after so long. */
const LOOK_AGAIN_MS = 100;

interface Lanes {
  readonly lanes: readonly FallbackLane[];
  /** Those that somebody has waited for too long, until they give a permit. */
  readonly late: Set<FallbackLane>;
  readonly maxWaitMs: number;
}

/** A permit of the best lane that gave one, until it is used: it goes on asking those before it. */
export class BestPermit implements Permit {
  private readonly from: Lanes;
  private readonly asking: AbortController[] = [];
  private best: { readonly rank: number; readonly own: Permit } | undefined;
  private isSettled = false;
  private readonly onFirst: () => void;
  private readonly onError: (error: unknown) => void;

  private constructor(from: Lanes, onFirst: () => void, onError: (error: unknown) => void) {
    this.from = from;
    this.onFirst = onFirst;
    this.onError = onError;
  }

  /** Resolves with the first permit that any lane gives. Rejects with the signal's reason when aborted. */
  static acquire(from: Lanes, signal: AbortSignal): Promise<BestPermit> {
    return new Promise((resolve, reject) => {
      if (signal.aborted) {
        reject(signal.reason as Error);
        return;
      }
      const giveUp = () => {
        permit.settle();
        reject(signal.reason as Error);
      };
      const permit: BestPermit = new BestPermit(
        from,
        () => {
          signal.removeEventListener('abort', giveUp);
          resolve(permit);
        },
        reject,
      );
      signal.addEventListener('abort', giveUp, { once: true });
      permit.ask(0);
    });
  }

  get held(): { lane: FallbackLane; own: Permit } {
    const lane = this.best && this.from.lanes[this.best.rank];
    if (this.best === undefined || lane === undefined) throw new Error('no lane has given a permit yet');
    return { lane, own: this.best.own };
  }

  use(): void {
    this.settle();
    this.held.own.use();
  }

  reserveTokens(tokens: number, signal: AbortSignal): Promise<TokenReservation> {
    return this.held.own.reserveTokens(tokens, signal);
  }

  forgo(): void {
    this.held.own.forgo();
  }

  release(): void {
    this.settle();
    this.held.own.release();
  }

  private ask(rank: number): void {
    const lane = this.from.lanes[rank];
    if (lane === undefined || this.isSettled || rank >= (this.best?.rank ?? Infinity)) return;
    const { signal } = (this.asking[rank] = new AbortController());
    lane.acquire(signal).then(
      (own) => {
        this.from.late.delete(lane);
        this.offer(rank, own);
      },
      (error: unknown) => {
        if (!signal.aborted) this.onError(error);
      },
    );
    if (rank + 1 < this.from.lanes.length) void this.goOn(lane, rank + 1, signal);
  }

  /** Resolves when the next lane is asked, or need not be. */
  private async goOn(lane: FallbackLane, next: number, signal: AbortSignal): Promise<void> {
    const { late, maxWaitMs } = this.from;
    try {
      for (let waitMs = maxWaitMs; ; waitMs = Math.max(maxWaitMs, LOOK_AGAIN_MS)) {
        if (late.has(lane) && isHeldBack(lane)) break;
        if (await shutWithin(waitMs, lane, signal)) break;
        if (isHeldBack(lane)) late.add(lane);
      }
      this.ask(next);
    } catch {
      // It is settled, or a lane before this one gave its permit.
    }
  }

  private offer(rank: number, own: Permit): void {
    if (this.isSettled || rank > (this.best?.rank ?? Infinity)) {
      own.release();
      return;
    }
    const before = this.best;
    this.best = { rank, own };
    for (const later of this.asking.slice(rank)) later.abort();
    before?.own.release();
    if (before === undefined) this.onFirst();
  }

  /** It asks nobody any more. */
  private settle(): void {
    this.isSettled = true;
    for (const asked of this.asking) asked.abort();
  }
}

/** Not by a permit that waits for work, nor because this process has no part of its limits: then others have it, and use it. */
function isHeldBack(lane: FallbackLane): boolean {
  const { held, rates } = lane.snapshot();
  return held === 0 && rates.requestsPerMinute !== 0;
}

/** Rejects with the signal's reason when aborted. */
async function shutWithin(ms: number, lane: FallbackLane, signal: AbortSignal): Promise<boolean> {
  const waited = new AbortController();
  const timer = setTimeout(() => {
    waited.abort();
  }, ms);
  try {
    await lane.whenShut(AbortSignal.any([signal, waited.signal]));
    return true;
  } catch (error) {
    signal.throwIfAborted();
    if (waited.signal.aborted) return false;
    throw error;
  } finally {
    clearTimeout(timer);
  }
}
