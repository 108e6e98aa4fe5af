import type { Use } from '../contracts/rate-budget.ts';

const MINUTE_MS = 60_000;

/** How many tokens a call takes, by what was used in the last minutes: the older, the less it counts. */
export class UsualCall {
  private used: Use;

  constructor(before: Use = { requestsPerMinute: 0, tokensPerMinute: 0 }) {
    this.used = before;
  }

  get state(): Use {
    return this.used;
  }

  /** `Infinity`: nothing is known. */
  callsIn(tokens: number): number {
    const { requestsPerMinute, tokensPerMinute } = this.used;
    return tokensPerMinute === 0 ? Infinity : (tokens * requestsPerMinute) / tokensPerMinute;
  }

  /** @param used a minute, for so long (milliseconds). */
  add(used: Use, ms: number): void {
    const kept = Math.exp(-ms / MINUTE_MS);
    const mix = (before: number, now: number) => before * kept + now * (1 - kept);
    this.used = {
      requestsPerMinute: mix(this.used.requestsPerMinute, used.requestsPerMinute),
      tokensPerMinute: mix(this.used.tokensPerMinute, used.tokensPerMinute),
    };
  }
}
