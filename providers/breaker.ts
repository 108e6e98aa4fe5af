import type { Limiter, LimiterSnapshot, Permit, TokenReservation } from './limiter.ts';
import { ProviderError, type CompletionProvider, type ProviderErrorKind } from './provider.ts';

/** Every message meets these until somebody acts: a key, the money, the model's name. Mostly: a gateway may refuse one text. */
const SYSTEMIC: readonly ProviderErrorKind[] = ['authentication', 'quota-exhausted', 'model-not-found'];
/** One of these is a message's bad luck; most calls ending so is an outage. */
const OUTAGE: readonly ProviderErrorKind[] = ['unavailable', 'overloaded', 'timeout', 'malformed-response'];

/** With no success since the first of them began: then it is not one message's. */
const SYSTEMIC_IN_A_ROW = 3;
/** For little traffic, and for calls that hang, which no window would hold enough of. */
const OUTAGE_IN_A_ROW = 5;

const OUTAGE_WINDOW_MS = 30_000;
/** Below this many calls in the window a ratio says nothing. */
const OUTAGE_MIN_CALLS = 20;
const OUTAGE_RATIO = 0.5;

const SYSTEMIC_PROBE_MS = 60_000;
/** An outage may be over in seconds: probed sooner at first, then half as often each time, down to once a minute. */
const OUTAGE_FIRST_PROBE_MS = 5_000;
/** Probes come up to this much later, so that the workers of a fleet do not probe together. */
const PROBE_JITTER = 0.2;

/** A limit belongs to the account, not to the message that met it: everybody waits, but not for what one call can claim. */
const DEFAULT_PAUSE_MS = 1_000;
const MAX_PAUSE_MS = 60_000;

export type BreakerState = 'closed' | 'open' | 'half-open';

export interface BreakerOptions {
  readonly limiter: Limiter;
  /** Called at each change. `because`: the kind of error that opened it; absent otherwise, also when a probe came back unused. */
  readonly onChange?: (state: BreakerState, because?: ProviderErrorKind) => void;
  /** Milliseconds of a clock that never goes back. */
  readonly now?: () => number;
  readonly random?: () => number;
}

/** A limiter that gives no permits while the provider cannot help anybody. */
export interface Breaker extends Limiter {
  readonly state: BreakerState;
  /** The same provider, its outcomes watched. */
  watch(provider: CompletionProvider): CompletionProvider;
}

/**
 * While it is open no new poll starts, so messages wait in Temporal's queue and spend no attempt; calls that had their permit
 * before still go out, and decide nothing. After the probe delay one call is let through (half-open): an answer closes it, and
 * so does a refusal that is the message's own; a failure of the provider opens it again.
 */
export function createBreaker(options: BreakerOptions): Breaker {
  return new PermitBreaker(options);
}

class PermitBreaker implements Breaker {
  state: BreakerState = 'closed';
  private readonly limiter: Limiter;
  private readonly onChange: NonNullable<BreakerOptions['onChange']>;
  private readonly now: () => number;
  private readonly random: () => number;
  /** Of the last window, oldest first. */
  private outcomes: { readonly at: number; readonly failed: boolean }[] = [];
  private readonly waiters = new Set<() => void>();
  /** Goes up with each probe: how a call ended that began before it is no news. */
  private era = 0;
  private successes = 0;
  /** Of each sort, since the last success. */
  private inARow = { systemic: 0, outage: 0 };
  private probeDelayMs = 0;
  private timer: NodeJS.Timeout | undefined;
  /** Open, and its delay has passed: the next permit is the probe. */
  private probeDue = false;

  constructor({
    limiter,
    onChange = () => undefined,
    now = () => performance.now(),
    random = Math.random,
  }: BreakerOptions) {
    this.limiter = limiter;
    this.onChange = onChange;
    this.now = now;
    this.random = random;
  }

  async acquire(signal: AbortSignal): Promise<Permit> {
    for (;;) {
      while (!this.admits()) await this.changed(signal);
      const permit = await this.limiter.acquire(signal);
      // It may have opened while the limiter made this one wait, or another one may be the probe by now.
      if (this.state === 'closed') return permit;
      if (this.admits()) return this.asProbe(permit);
      permit.release();
    }
  }

  reserveTokens(tokens: number): TokenReservation {
    return this.limiter.reserveTokens(tokens);
  }

  pauseFor(ms: number): void {
    this.limiter.pauseFor(ms);
  }

  snapshot(): LimiterSnapshot {
    return this.limiter.snapshot();
  }

  watch(provider: CompletionProvider): CompletionProvider {
    return {
      name: provider.name,
      complete: async (request, call) => {
        const { era, successes } = this;
        const counts = () => era === this.era && this.state !== 'open';
        try {
          const completion = await provider.complete(request, call);
          if (counts()) this.succeeded();
          return completion;
        } catch (error) {
          // A cancelled call says nothing about the provider.
          if (error instanceof ProviderError) {
            if (error.kind === 'rate-limited') this.limiter.pauseFor(pauseOf(error));
            if (counts()) this.failed(error.kind, { contradicted: successes < this.successes });
          }
          throw error;
        }
      },
    };
  }

  private admits(): boolean {
    return this.state === 'closed' || (this.state === 'open' && this.probeDue);
  }

  private asProbe(permit: Permit): Permit {
    this.era += 1;
    const { era } = this;
    this.become('half-open');
    return {
      use: () => {
        permit.use();
      },
      release: () => {
        permit.release();
        if (this.state !== 'half-open' || era !== this.era) return;
        // No task came, or its call was cancelled: the provider has not been asked.
        this.become('open');
      },
    };
  }

  private succeeded(): void {
    this.successes += 1;
    this.inARow = { systemic: 0, outage: 0 };
    if (this.state === 'closed') {
      this.record(false);
      return;
    }
    this.outcomes = [];
    this.become('closed');
  }

  /** @param options.contradicted another call succeeded since this one began. */
  private failed(kind: ProviderErrorKind, { contradicted }: { contradicted: boolean }): void {
    const systemic = SYSTEMIC.includes(kind);
    if (!systemic && !OUTAGE.includes(kind)) {
      // The provider works.
      this.succeeded();
      return;
    }
    if (this.state === 'half-open') {
      this.open(kind, systemic ? SYSTEMIC_PROBE_MS : this.probeDelayMs * 2);
      return;
    }
    if (!contradicted) this.inARow[systemic ? 'systemic' : 'outage'] += 1;
    if (systemic) {
      if (this.inARow.systemic >= SYSTEMIC_IN_A_ROW) this.open(kind, SYSTEMIC_PROBE_MS);
      return;
    }
    this.record(true);
    if (this.isOutage()) this.open(kind, OUTAGE_FIRST_PROBE_MS);
  }

  private record(failed: boolean): void {
    const at = this.now();
    this.outcomes.push({ at, failed });
    const first = this.outcomes.findIndex((outcome) => outcome.at > at - OUTAGE_WINDOW_MS);
    this.outcomes.splice(0, first);
  }

  private isOutage(): boolean {
    if (this.inARow.outage >= OUTAGE_IN_A_ROW) return true;
    const calls = this.outcomes.length;
    return calls >= OUTAGE_MIN_CALLS && this.outcomes.filter(({ failed }) => failed).length >= calls * OUTAGE_RATIO;
  }

  private open(because: ProviderErrorKind, probeDelayMs: number): void {
    this.probeDelayMs = Math.min(probeDelayMs, SYSTEMIC_PROBE_MS);
    this.probeDue = false;
    clearTimeout(this.timer);
    this.timer = setTimeout(
      () => {
        this.probeDue = true;
        this.wake();
      },
      this.probeDelayMs * (1 + PROBE_JITTER * this.random()),
    );
    this.become('open', because);
  }

  private become(state: BreakerState, because?: ProviderErrorKind): void {
    this.state = state;
    this.onChange(state, because);
    this.wake();
  }

  private wake(): void {
    const waiters = [...this.waiters];
    this.waiters.clear();
    for (const wake of waiters) wake();
  }

  private changed(signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal.aborted) {
        reject(signal.reason as Error);
        return;
      }
      const wake = () => {
        signal.removeEventListener('abort', giveUp);
        resolve();
      };
      const giveUp = () => {
        reject(signal.reason as Error);
      };
      signal.addEventListener('abort', giveUp, { once: true });
      this.waiters.add(wake);
    });
  }
}

function pauseOf({ retryAfterMs }: ProviderError): number {
  return Math.min(MAX_PAUSE_MS, Math.max(0, retryAfterMs ?? DEFAULT_PAUSE_MS));
}
