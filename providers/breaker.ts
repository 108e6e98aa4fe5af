import type { Gate, ProviderNews } from '../contracts/rate-budget.ts';
import type { Limiter, LimiterSnapshot, Permit } from './limiter.ts';
import { ProviderError, type CompletionProvider, type ProviderErrorKind } from './provider.ts';
import { WaitingLine } from './waiting-line.ts';

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

/** After a change of its own a worker believes nothing else for so long: what it is told may be older. */
const OWN_CHANGE_HOLDS_MS = 3_000;

export type BreakerState = 'closed' | 'open' | 'half-open' | 'paused';

export interface BreakerOptions {
  readonly limiter: Limiter;
  /** Called at each change. `because`: the kind of error that opened it; absent otherwise, also when a probe came back unused. */
  readonly onChange?: (state: BreakerState, because?: string) => void;
  /** What the other workers of the provider should know, once {@link Breaker.follow} has been called. */
  readonly onNews?: (news: ProviderNews) => void;
  /** Milliseconds of a clock that never goes back. */
  readonly now?: () => number;
  readonly random?: () => number;
}

/** A limiter that gives no permits while the provider cannot help anybody. */
export interface Breaker extends Limiter {
  readonly state: BreakerState;
  /** Resolves when it gives no permits: at once, when it gives none now. Rejects with the signal's reason when aborted. */
  whenShut(signal: AbortSignal): Promise<void>;
  /** The same provider, its outcomes watched. */
  watch(provider: CompletionProvider): CompletionProvider;
  /** What all workers of the provider agreed on: whether it is paused, whether it is open, and who probes. */
  follow(gate: Gate): void;
  /** Nobody tells any more: it probes by itself. */
  followNobody(): void;
}

/**
 * While it is open no new poll starts, so messages wait in Temporal's queue and spend no attempt; calls that had their permit
 * before still go out, and decide nothing (an operator's pause makes them wait, too). After the probe delay one call is let through (half-open): an answer closes it, and
 * so does a refusal that is the message's own; a failure of the provider opens it again.
 */
export function createBreaker(options: BreakerOptions): Breaker {
  return new PermitBreaker(options);
}

class PermitBreaker implements Breaker {
  private circuit: Exclude<BreakerState, 'paused'> = 'closed';
  private isPaused = false;
  private readonly limiter: Limiter;
  private readonly onChange: NonNullable<BreakerOptions['onChange']>;
  private readonly onNews: NonNullable<BreakerOptions['onNews']>;
  private readonly now: () => number;
  private readonly random: () => number;
  /** Of the last window, oldest first. */
  private outcomes: { readonly at: number; readonly failed: boolean }[] = [];
  /** Of those who wait for a change, whichever one. */
  private readonly line = new WaitingLine<undefined, undefined>();
  /** Goes up with each probe: how a call ended that began before it is no news. */
  private era = 0;
  private successes = 0;
  /** Of each sort, since the last success. */
  private inARow = { systemic: 0, outage: 0 };
  private ownChangeAt = -Infinity;
  private probeDelayMs = OUTAGE_FIRST_PROBE_MS;
  private timer: NodeJS.Timeout | undefined;
  /** Open, and its delay has passed: the next permit is the probe. */
  private probeDue = false;

  constructor({
    limiter,
    onChange = () => undefined,
    onNews = () => undefined,
    now = () => performance.now(),
    random = Math.random,
  }: BreakerOptions) {
    this.limiter = limiter;
    this.onChange = onChange;
    this.onNews = onNews;
    this.now = now;
    this.random = random;
  }

  get state(): BreakerState {
    return this.isPaused ? 'paused' : this.circuit;
  }

  async acquire(signal: AbortSignal): Promise<Permit> {
    for (;;) {
      while (!this.admits()) await this.line.wait(undefined, signal);
      const permit = await this.limiter.acquire(signal);
      // It may have opened while the limiter made this one wait, or another one may be the probe by now.
      if (this.admits()) {
        const stoppable = this.stoppable(permit);
        return this.circuit === 'closed' ? stoppable : this.asProbe(stoppable);
      }
      permit.release();
    }
  }

  async whenShut(signal: AbortSignal): Promise<void> {
    while (this.admits()) await this.line.wait(undefined, signal);
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
        const counts = () => era === this.era && this.circuit !== 'open';
        try {
          const completion = await provider.complete(request, call);
          if (counts()) this.succeeded();
          return completion;
        } catch (error) {
          // A cancelled call says nothing about the provider.
          if (error instanceof ProviderError) {
            if (error.kind === 'rate-limited') this.refused(error);
            if (counts()) this.failed(error.kind, { contradicted: successes < this.successes });
          }
          throw error;
        }
      },
    };
  }

  follow({ isPaused, open }: Gate): void {
    if (isPaused !== this.isPaused) {
      this.isPaused = isPaused;
      this.tellChange();
    }
    if (this.circuit === 'half-open' || this.now() - this.ownChangeAt < OWN_CHANGE_HOLDS_MS) return;
    if (open === undefined) {
      if (this.circuit === 'open') this.close();
      return;
    }
    if (this.circuit === 'closed') this.become('open', open.because);
    if (open.probeInMs === undefined) this.probeNever();
    else if (this.timer === undefined && !this.probeDue) this.probeIn(open.probeInMs);
  }

  followNobody(): void {
    if (this.circuit === 'open' && this.timer === undefined && !this.probeDue) this.probeIn(SYSTEMIC_PROBE_MS);
  }

  private admits(): boolean {
    return !this.isPaused && (this.circuit === 'closed' || (this.circuit === 'open' && this.probeDue));
  }

  /** A poll may have had it since before the pause: then its call waits. */
  private stoppable(permit: Permit): Permit {
    return {
      ...permit,
      reserveTokens: async (tokens, signal) => {
        while (this.isPaused) await this.line.wait(undefined, signal);
        return permit.reserveTokens(tokens, signal);
      },
    };
  }

  private asProbe(permit: Permit): Permit {
    this.era += 1;
    const { era } = this;
    this.become('half-open');
    const notAsked = () => {
      if (this.circuit === 'half-open' && era === this.era) this.become('open');
    };
    return {
      ...permit,
      // It was answered by somebody else.
      forgo: () => {
        permit.forgo();
        notAsked();
      },
      // No task came, or its call was cancelled.
      release: () => {
        permit.release();
        notAsked();
      },
    };
  }

  /** A limit belongs to the account, not to the message that met it. */
  private refused({ limit, retryAfterMs = DEFAULT_PAUSE_MS }: ProviderError): void {
    const pauseMs = Math.min(MAX_PAUSE_MS, Math.max(0, retryAfterMs));
    this.limiter.pauseFor(pauseMs);
    this.onNews({ refused: { pauseMs, ...(limit !== undefined && { limit }) } });
  }

  private succeeded(): void {
    this.successes += 1;
    this.inARow = { systemic: 0, outage: 0 };
    if (this.circuit === 'closed') {
      this.record(false);
      return;
    }
    this.ownChangeAt = this.now();
    this.close();
    this.onNews({ breaker: { closed: true } });
  }

  /** @param options.contradicted another call succeeded since this one began. */
  private failed(kind: ProviderErrorKind, { contradicted }: { contradicted: boolean }): void {
    const systemic = SYSTEMIC.includes(kind);
    if (!systemic && !OUTAGE.includes(kind)) {
      // The provider works.
      this.succeeded();
      return;
    }
    if (this.circuit === 'half-open') {
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
    const probeInMs = this.probeDelayMs * (1 + PROBE_JITTER * this.random());
    this.ownChangeAt = this.now();
    this.probeIn(probeInMs);
    this.become('open', because);
    this.onNews({ breaker: { opened: { because, probeInMs } } });
  }

  private close(): void {
    this.probeNever();
    this.outcomes = [];
    this.inARow = { systemic: 0, outage: 0 };
    this.become('closed');
  }

  private probeIn(ms: number): void {
    this.probeNever();
    this.timer = setTimeout(() => {
      this.timer = undefined;
      this.probeDue = true;
      this.wake();
    }, ms);
  }

  private probeNever(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    this.probeDue = false;
  }

  private become(circuit: PermitBreaker['circuit'], because?: string): void {
    this.circuit = circuit;
    this.tellChange(because);
  }

  private tellChange(because?: string): void {
    this.onChange(this.state, because);
    this.wake();
  }

  private wake(): void {
    for (let left = this.line.length; left > 0; left -= 1) this.line.grantFirst(undefined);
  }
}
