import {
  LIMIT_NAMES,
  type Cut,
  type LimitName,
  type RateBudgetState,
  type RateLimits,
} from '../contracts/rate-budget.ts';

/** Refusals nearer than this are about the same calls: those that were under way when the first one came. */
const SAME_REFUSAL_MS = 3_000;
/** Refused again so soon, the rate was not low enough. */
const IN_A_ROW_MS = 15_000;
/** Where the provider says what its limit is, one refusal is bad luck: a burst on the way. Where it does not, it is the limit. */
const KNOWN = { first: 0.98, again: 0.7, backInMs: 10_000 };
const UNKNOWN = { first: 0.7, again: 0.7, backInMs: 40_000 };
/** Rates move in steps, because each step puts off the calls that come in turns. */
const STEP_MS = 5_000;
/** A rate that has grown to so many times what was refused has no limit any more. */
const FORGOTTEN = 20;
const LEAST_PER_MINUTE = 1;

type RateState = Pick<RateBudgetState, 'wished' | 'learned' | 'cuts'>;

/**
 * How much all workers together may use: never more than what an operator or the configuration says, nor than what the provider says in
 * its headers; less for a while after it refused calls. What was cut grows back as TCP's CUBIC does it: fast at first, slowly
 * around the rate that was refused, and then faster and faster, to find what a limit that was raised lets through.
 */
export class RateControl {
  private wished: RateLimits;
  private learned: RateLimits;
  private cuts: Partial<Record<LimitName, Cut>>;

  constructor({ wished = {}, learned = {}, cuts = {} }: Partial<RateState> = {}) {
    this.wished = wished;
    this.learned = learned;
    this.cuts = { ...cuts };
  }

  get state(): RateState {
    return { wished: this.wished, learned: this.learned, cuts: this.cuts };
  }

  /** In place of what is configured. */
  wish(limits: RateLimits): void {
    this.wished = limits;
  }

  learn(limits: RateLimits): void {
    this.learned = { ...this.learned, ...limits };
  }

  /**
   * The provider refused a call.
   * @param limit which of the limits it named, if it did.
   * @param options.used what all workers used lately, a minute: where no limit is known, it was too much.
   */
  refused(now: number, limit: LimitName | undefined, options: { configured: RateLimits; used: RateLimits }): void {
    const rates = this.rates(now, options.configured);
    const hit = limit ?? 'requestsPerMinute';
    const last = this.cuts[hit];
    if (last !== undefined && now - last.at < SAME_REFUSAL_MS) return;
    const from = rates[hit] ?? options.used[hit] ?? 0;
    if (from <= 0) return;
    const how = this.learned[hit] === undefined ? UNKNOWN : KNOWN;
    const isAgain = last !== undefined && now - last.at < IN_A_ROW_MS;
    this.cuts[hit] = {
      at: now,
      from,
      to: Math.max(LEAST_PER_MINUTE, from * (isAgain && last.count >= 2 ? how.again : how.first)),
      backInMs: isAgain && last.count >= 2 ? UNKNOWN.backInMs : how.backInMs,
      count: isAgain ? last.count + 1 : 1,
    };
  }

  /** @param configured the lowest of what the workers are configured with. */
  rates(now: number, configured: RateLimits): RateLimits {
    return Object.fromEntries(
      LIMIT_NAMES.flatMap((name) => {
        const rate = this.rate(name, now, configured[name]);
        return rate === Infinity ? [] : [[name, rate]];
      }),
    );
  }

  private rate(name: LimitName, now: number, configured: number | undefined): number {
    const ceiling = Math.min(this.wished[name] ?? configured ?? Infinity, this.learned[name] ?? Infinity);
    const cut = this.cuts[name];
    if (cut === undefined) return ceiling;
    const grown = grownBack(cut, Math.floor((now - cut.at) / STEP_MS) * STEP_MS);
    if (grown < ceiling && grown < cut.from * FORGOTTEN) return grown;
    if (now - cut.at > IN_A_ROW_MS) this.forget(name);
    return ceiling;
  }

  private forget(name: LimitName): void {
    this.cuts = Object.fromEntries(Object.entries(this.cuts).filter(([cut]) => cut !== name));
  }
}

/** The cubic curve through `to` now, and flat at `from`, `backInMs` later. */
function grownBack({ from, to, backInMs }: Cut, afterMs: number): number {
  return from + (from - to) * ((afterMs - backInMs) / backInMs) ** 3;
}
