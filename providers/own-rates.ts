import { LIMIT_NAMES, partOf, rateLimits, type Lease, type RateLimits } from '../contracts/rate-budget.ts';
import type { AdjustableLimiter } from './limiter.ts';

/** What a worker makes of its last share when the budget does not answer: others may have been given the rest. */
const SAFE_PART = 0.5;
/** Its share while it has never had a lease, and nobody answers. */
const SHARE_UNTOLD = 0.1;
/** A limit that the headers name counts in this process until the budget has told all workers. */
const OVERLAY_MS = 5_000;
/** What the headers say is told at most so often, unless it is lower, and at least so often: the budget may be a new one. */
const TELL_AFTER_MS = { changed: 2_000, same: 60_000 };

export interface OwnRatesOptions {
  readonly limiter: Pick<AdjustableLimiter, 'setRates' | 'pauseFor'>;
  /** For all workers together. */
  readonly configured: RateLimits;
  /** Called with what this process may use, a minute, whenever it changes. */
  readonly onChange?: (rates: RateLimits) => void;
  /** Milliseconds of a clock that never goes back. */
  readonly now?: () => number;
}

/**
 * Keeps a limiter at this process's share of what all workers may use. Where limits are configured it lets no call through before
 * it has a share. What the provider's headers say counts at once, before the budget has told everybody.
 */
export class OwnRates {
  private readonly options: OwnRatesOptions;
  private readonly now: () => number;
  private share: number;
  private whole: RateLimits;
  private ceilings: RateLimits;
  private learned: RateLimits = {};
  private told = { limits: {} as RateLimits, at: -Infinity };
  private phase: number | undefined;
  private isClosed = false;

  constructor(options: OwnRatesOptions) {
    const { configured, now = () => performance.now() } = options;
    this.options = options;
    this.now = now;
    this.whole = configured;
    this.ceilings = configured;
    this.share = LIMIT_NAMES.some((name) => configured[name] !== undefined) ? 0 : SHARE_UNTOLD;
    this.apply();
  }

  /** No call can take more, whatever is cut for the moment. */
  get mostTokensPerMinute(): number | undefined {
    return this.ceilings.tokensPerMinute;
  }

  adopt({ share, rates, ceilings, phase, pauseMs }: Lease): void {
    this.share = share;
    this.whole = rates;
    this.ceilings = ceilings;
    this.phase = phase;
    if (this.now() - this.told.at > OVERLAY_MS) this.learned = {};
    this.apply();
    if (pauseMs > 0) this.options.limiter.pauseFor(pauseMs);
  }

  /** @param last the lease that has ended; `undefined`: there has never been one. */
  lose(last: Lease | undefined): void {
    // One that had nothing may be the only one that is left.
    this.share = last === undefined ? SHARE_UNTOLD : (last.share || SHARE_UNTOLD) * SAFE_PART;
    this.phase = undefined;
    this.apply();
  }

  /** @returns whether the others should be told. */
  learn(limits: RateLimits): boolean {
    const { told } = this;
    const sinceMs = this.now() - told.at;
    const named = LIMIT_NAMES.filter((name) => limits[name] !== undefined);
    const isLower = named.some((name) => (limits[name] ?? Infinity) < (told.limits[name] ?? Infinity));
    const isOther = named.some((name) => limits[name] !== told.limits[name]);
    if (!isLower && sinceMs < (isOther ? TELL_AFTER_MS.changed : TELL_AFTER_MS.same)) return false;
    this.told = { limits: { ...told.limits, ...limits }, at: this.now() };
    this.learned = this.told.limits;
    this.apply();
    return true;
  }

  /** No more calls. */
  close(): void {
    this.isClosed = true;
    this.apply();
  }

  private apply(): void {
    const whole = rateLimits((name) => lower(this.whole[name], this.learned[name]));
    const share = this.isClosed ? 0 : this.share;
    this.options.limiter.setRates(whole, { share, phase: this.isClosed ? undefined : this.phase });
    this.options.onChange?.(partOf(whole, share));
  }
}

function lower(a: number | undefined, b: number | undefined): number | undefined {
  return a === undefined || b === undefined ? (a ?? b) : Math.min(a, b);
}
