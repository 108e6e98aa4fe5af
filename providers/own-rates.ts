import { LIMIT_NAMES, type Lease, type RateLimits } from '../contracts/rate-budget.ts';
import type { AdjustableLimiter } from './limiter.ts';

/** What a worker makes of its last share when the budget does not answer: others may have been given the rest. */
const SAFE_PART = 0.5;
/** Its share while it has never had a lease, and nobody answers. */
const SHARE_UNTOLD = 0.1;
const NO_CALLS: RateLimits = { requestsPerMinute: 0, tokensPerMinute: 0 };

export interface OwnRatesOptions {
  readonly limiter: Pick<AdjustableLimiter, 'setRates' | 'pauseFor'>;
  /** For all workers together. */
  readonly configured: RateLimits;
  /** Called with what this process may use, a minute, whenever it changes. */
  readonly onChange?: (rates: RateLimits) => void;
}

/**
 * Keeps a limiter at this process's share of what all workers may use. Where limits are configured it lets no call through before
 * it has a share. What the provider's headers say counts at once, before the budget has told everybody.
 */
export class OwnRates {
  private readonly options: OwnRatesOptions;
  private share: number;
  private whole: RateLimits;
  private learned: RateLimits = {};
  private phase: number | undefined;
  private isClosed = false;

  constructor(options: OwnRatesOptions) {
    const { configured } = options;
    this.options = options;
    this.whole = configured;
    this.share = LIMIT_NAMES.some((name) => configured[name] !== undefined) ? 0 : SHARE_UNTOLD;
    this.apply();
  }

  /** More than a call can ever take: what is configured and what the provider says, whatever is cut for the moment. */
  get mostTokensPerMinute(): number | undefined {
    return lower(this.options.configured.tokensPerMinute, this.learned.tokensPerMinute);
  }

  adopt({ share, rates, phase, pauseMs }: Lease): void {
    this.share = share;
    this.whole = rates;
    this.phase = phase;
    this.apply();
    if (pauseMs > 0) this.options.limiter.pauseFor(pauseMs);
  }

  /** @param last the lease that has ended; `undefined`: there has never been one. */
  lose(last: Lease | undefined): void {
    this.share = last === undefined ? SHARE_UNTOLD : last.share * SAFE_PART;
    this.phase = undefined;
    this.apply();
  }

  /** @returns whether the provider says something new. */
  learn(limits: RateLimits): boolean {
    const isNew = LIMIT_NAMES.some((name) => limits[name] !== undefined && limits[name] !== this.learned[name]);
    if (!isNew) return false;
    this.learned = { ...this.learned, ...limits };
    this.apply();
    return true;
  }

  /** No more calls. */
  close(): void {
    this.isClosed = true;
    this.apply();
  }

  private apply(): void {
    const rates = this.isClosed ? NO_CALLS : this.part();
    this.options.limiter.setRates(rates, this.isClosed ? undefined : this.phase);
    this.options.onChange?.(rates);
  }

  private part(): RateLimits {
    return Object.fromEntries(
      LIMIT_NAMES.flatMap((name) => {
        const whole = lower(this.whole[name], this.learned[name]);
        return whole === undefined ? [] : [[name, whole * this.share]];
      }),
    );
  }
}

function lower(a: number | undefined, b: number | undefined): number | undefined {
  return a === undefined || b === undefined ? (a ?? b) : Math.min(a, b);
}
