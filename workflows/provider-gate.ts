import type { Gate, ProviderNews, RateBudgetState } from '../contracts/rate-budget.ts';

type GateState = Pick<RateBudgetState, 'isPaused' | 'open'>;

/**
 * Whether calls may go out at all: not while an operator has paused the provider, and not while a worker's breaker is open. One
 * worker probes for all: the one whose breaker opened, and the next best when it is gone.
 */
export class ProviderGate {
  private isPaused: boolean;
  private open: GateState['open'];

  constructor({ isPaused = false, open }: Partial<GateState> = {}) {
    this.isPaused = isPaused;
    this.open = open;
  }

  get state(): GateState {
    return { isPaused: this.isPaused, ...(this.open !== undefined && { open: this.open }) };
  }

  /** A word for the list of workflows. */
  get name(): 'running' | 'paused' | 'breaker-open' {
    if (this.isPaused) return 'paused';
    return this.open === undefined ? 'running' : 'breaker-open';
  }

  pause(isPaused: boolean): void {
    this.isPaused = isPaused;
  }

  /** What a worker's breaker did. Of several that open, the first one probes; only the answer to a call closes it again. */
  report(now: number, worker: string, breaker: NonNullable<ProviderNews['breaker']>): void {
    if ('closed' in breaker) {
      this.open = undefined;
      return;
    }
    const { because, probeInMs } = breaker.opened;
    if (this.open !== undefined && this.open.prober !== worker) return;
    this.open = { because, since: this.open?.since ?? now, prober: worker, probeAt: now + probeInMs };
  }

  /** @param isThere whether a worker still has a lease. */
  gateFor(now: number, worker: string, isThere: (worker: string) => boolean): Gate {
    const { isPaused } = this;
    if (this.open === undefined) return { isPaused };
    if (!isThere(this.open.prober)) this.open = { ...this.open, prober: worker };
    const { because, prober, probeAt } = this.open;
    return { isPaused, open: { because, ...(prober === worker && { probeInMs: Math.max(0, probeAt - now) }) } };
  }
}
