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
/** Headers that are not seen any more say nothing: there may be another server behind the address. */
const LEARNED_FOR_MS = 600_000;
/** Refused again and again, a limit is felt for below the last one, but not from scratch. */
const LOWER_IN_A_ROW = 0.85;
/** A rate that has grown to so many times what was refused has no limit any more. */
const FORGOTTEN = 20;
const LEAST_PER_MINUTE = 1;

type RateState = Pick<RateBudgetState, 'wished' | 'learned' | 'learnedAt' | 'cuts'>;

/**
 * How much all workers together may use: never more than what an operator or the configuration says, nor than what the provider says in
 * its headers; less for a while after it refused calls. What was cut grows back as TCP's CUBIC does it: fast at first, slowly
 * around the rate that was refused, and then faster and faster, to find what a limit that was raised lets through.
 */
export class RateControl {
  private wished: RateLimits;
  private learned: RateLimits;
  private learnedAt: number;
  private cuts: Partial<Record<LimitName, Cut>>;

  constructor({ wished = {}, learned = {}, learnedAt = 0, cuts = {} }: Partial<RateState> = {}) {
    this.learnedAt = learnedAt;
    this.wished = wished;
    this.learned = learned;
    this.cuts = { ...cuts };
  }

  get state(): RateState {
    return { wished: this.wished, learned: this.learned, learnedAt: this.learnedAt, cuts: this.cuts };
  }

  /** In place of what is configured, each limit by itself. What was refused before is forgotten. */
  wish(limits: RateLimits): void {
    this.wished = { ...this.wished, ...limits };
    this.cuts = {};
  }

  /** What is configured counts again, and everything else is forgotten. */
  reset(): void {
    this.wished = {};
    this.learned = {};
    this.cuts = {};
  }

  learn(now: number, limits: RateLimits): void {
    this.learned = { ...this.learned, ...limits };
    this.learnedAt = now;
  }

  /** Forgets what is over: headers that nobody sees any more, and cuts that have grown back. */
  forgetOld(now: number, configured: RateLimits): void {
    if (now - this.learnedAt > LEARNED_FOR_MS) this.learned = {};
    const goesOn = ([name, cut]: [string, Cut]) =>
      now - cut.at <= IN_A_ROW_MS ||
      this.isCut(cut, now, this.ceiling(name as LimitName, configured[name as LimitName]));
    this.cuts = Object.fromEntries(Object.entries(this.cuts).filter(goesOn));
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
    const rate = rates[hit] ?? options.used[hit] ?? 0;
    if (rate <= 0) return;
    const how = this.learned[hit] === undefined ? UNKNOWN : KNOWN;
    const isAgain = last !== undefined && now - last.at < IN_A_ROW_MS;
    const from = Math.max(rate, isAgain ? last.from * LOWER_IN_A_ROW : 0, 2 * LEAST_PER_MINUTE);
    this.cuts[hit] = {
      at: now,
      from,
      to: Math.max(LEAST_PER_MINUTE, Math.min(from, rate) * (isAgain && last.count >= 2 ? how.again : how.first)),
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

  /** The same, whatever is cut for the moment. */
  ceilings(configured: RateLimits): RateLimits {
    return Object.fromEntries(
      LIMIT_NAMES.flatMap((name) => {
        const ceiling = this.ceiling(name, configured[name]);
        return ceiling === Infinity ? [] : [[name, ceiling]];
      }),
    );
  }

  private rate(name: LimitName, now: number, configured: number | undefined): number {
    const ceiling = this.ceiling(name, configured);
    const cut = this.cuts[name];
    return cut !== undefined && this.isCut(cut, now, ceiling) ? grownBack(cut, now) : ceiling;
  }

  private isCut(cut: Cut, now: number, ceiling: number): boolean {
    const grown = grownBack(cut, now);
    return grown < ceiling && grown < cut.from * FORGOTTEN;
  }

  private ceiling(name: LimitName, configured: number | undefined): number {
    return Math.min(this.wished[name] ?? configured ?? Infinity, this.learned[name] ?? Infinity);
  }
}

/** The cubic curve through `to` at the time of the cut, and flat at `from`, `backInMs` later; in steps. */
function grownBack({ at, from, to, backInMs }: Cut, now: number): number {
  const afterMs = Math.floor((now - at) / STEP_MS) * STEP_MS;
  return from + (from - to) * ((afterMs - backInMs) / backInMs) ** 3;
}
