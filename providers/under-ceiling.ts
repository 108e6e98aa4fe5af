import type { Limiter, Permit, TokenReservation } from './limiter.ts';
import type { CallSource } from './provider-calls.ts';

/**
 * Calls that count under a ceiling over all providers, too. The source's permit comes first: while it gives none, nothing of the
 * ceiling is held, and whoever goes past this source may have it. Which provider the permit is of makes no difference to the ceiling.
 */
export function underCeiling<Source extends CallSource>(source: Source, ceiling: Pick<Limiter, 'acquire'>): Source {
  return {
    ...source,
    async acquire(signal: AbortSignal) {
      const own = await source.acquire(signal);
      try {
        return new CeilingPermit(own, await ceiling.acquire(signal));
      } catch (error) {
        own.release();
        throw error;
      }
    },
    callWith(permit: Permit) {
      if (!(permit instanceof CeilingPermit)) throw new Error('a permit of somebody else');
      return source.callWith(permit.own, permit);
    },
  };
}

class CeilingPermit implements Permit {
  readonly own: Permit;
  private readonly ofAll: Permit;

  constructor(own: Permit, ofAll: Permit) {
    this.own = own;
    this.ofAll = ofAll;
  }

  use(): void {
    this.own.use();
    this.ofAll.use();
  }

  async reserveTokens(tokens: number, signal: AbortSignal): Promise<TokenReservation> {
    const reservation = await this.own.reserveTokens(tokens, signal);
    const ofAll = await this.ofAll.reserveTokens(tokens, signal).catch((error: unknown) => {
      reservation.settle(0);
      throw error;
    });
    return {
      settle(actual) {
        reservation.settle(actual);
        ofAll.settle(actual);
      },
    };
  }

  forgo(): void {
    this.own.forgo();
    this.ofAll.forgo();
  }

  release(): void {
    this.own.release();
    this.ofAll.release();
  }
}
