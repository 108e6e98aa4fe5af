import { setTimeout as delay } from 'node:timers/promises';

export interface Clock {
  /** Milliseconds from any origin; never goes back. */
  now(): number;
  sleep(ms: number): Promise<void>;
}

export const systemClock: Clock = {
  now: () => performance.now(),
  sleep: async (ms) => {
    await delay(ms);
  },
};
