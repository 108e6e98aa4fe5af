import { setTimeout as delay } from 'node:timers/promises';

const FIRST_DELAY_MS = 100;
const MAX_DELAY_MS = 5_000;

export interface PersistOptions<T> {
  readonly attempt: () => Promise<T>;
  /** Ends the repeating; an attempt under way is still waited for, so each has to be bounded itself. */
  readonly signal: AbortSignal;
  readonly onFailure: (error: unknown) => void;
}

/**
 * Repeats what fails because of the world until it succeeds. The delay varies by half, so that many that failed together
 * do not return together.
 * @throws the signal's reason when it aborts first.
 */
export async function persist<T>({ attempt, signal, onFailure }: PersistOptions<T>): Promise<T> {
  for (let delayMs = FIRST_DELAY_MS; ; delayMs = Math.min(delayMs * 2, MAX_DELAY_MS)) {
    signal.throwIfAborted();
    try {
      return await attempt();
    } catch (error) {
      onFailure(error);
    }
    await delay(delayMs * (0.5 + Math.random()), undefined, { signal });
  }
}
