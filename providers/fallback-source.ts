import { BestPermit } from './best-permit.ts';
import type { CallSource } from './provider-calls.ts';

/** One provider of several. */
export interface FallbackLane extends CallSource {
  /** Resolves when it gives no permits: at once, when it gives none now. Rejects with the signal's reason when aborted. */
  whenShut(signal: AbortSignal): Promise<void>;
}

export interface FallbackOptions {
  /** Milliseconds that a permit of one lane is waited for before the next one's is taken. */
  readonly maxWaitMs: number;
}

/**
 * Calls of the first lane that gives a permit. Every permit is asked of the first one, and of the next one when that gives none
 * or is late; a permit that is held and not used yet is exchanged as soon as an earlier lane gives one. So calls go back to the
 * first lane by themselves, and what probes it is a message like any other.
 */
export function createFallbackSource(lanes: readonly FallbackLane[], { maxWaitMs }: FallbackOptions): CallSource {
  const [first] = lanes;
  if (first === undefined) throw new Error('there is no lane to call through');
  if (lanes.length === 1) return first;
  // Whoever comes next does not wait once more for a lane that somebody waits for in vain.
  const late = new Set<FallbackLane>();
  return {
    acquire: (signal) => BestPermit.acquire({ lanes, late, maxWaitMs }, signal),
    callWith(permit, counted) {
      if (!(permit instanceof BestPermit)) throw new Error('a permit of somebody else');
      const { lane, own } = permit.held;
      const call = lane.callWith(own, counted);
      return lane === first ? call : { ...call, degraded: true };
    },
    snapshot() {
      const all = lanes.map((lane) => lane.snapshot());
      return {
        held: all.reduce((sum, { held }) => sum + held, 0),
        inUse: all.reduce((sum, { inUse }) => sum + inUse, 0),
        rates: first.snapshot().rates,
      };
    },
  };
}
