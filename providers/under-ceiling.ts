import type { Limiter, Permit, TokenReservation } from './limiter.ts';

type Permits = Pick<Limiter, 'acquire'>;

/**
 * Permits of one provider that count under a ceiling over all of them, too. The provider's comes first: while it gives none,
 * nothing of the ceiling is held, and the others may have it.
 */
export function underCeiling(own: Permits, ceiling: Permits): Permits {
  return {
    async acquire(signal) {
      const permit = await own.acquire(signal);
      try {
        return both(permit, await ceiling.acquire(signal));
      } catch (error) {
        permit.release();
        throw error;
      }
    },
  };
}

function both(own: Permit, ceiling: Permit): Permit {
  return {
    use() {
      own.use();
      ceiling.use();
    },
    async reserveTokens(tokens, signal): Promise<TokenReservation> {
      const reservation = await own.reserveTokens(tokens, signal);
      const ofAll = await ceiling.reserveTokens(tokens, signal).catch((error: unknown) => {
        reservation.settle(0);
        throw error;
      });
      return {
        settle(actual) {
          reservation.settle(actual);
          ofAll.settle(actual);
        },
      };
    },
    forgo() {
      own.forgo();
      ceiling.forgo();
    },
    release() {
      own.release();
      ceiling.release();
    },
  };
}
