import type { Limiter, Permit } from '../../providers/limiter.ts';

/** What a limiter's tests under jest's fake timers need. */

/** The most that any window of this length (both ends included) holds: uses, or whatever `sizeOf` gives for each. */
export function mostIn(
  windowMs: number,
  times: readonly number[],
  sizeOf: (index: number) => number = () => 1,
): number {
  let most = 0;
  let first = 0;
  let sum = 0;
  times.forEach((time, last) => {
    sum += sizeOf(last);
    for (; time - (times[first] ?? time) > windowMs; first += 1) sum -= sizeOf(first);
    most = Math.max(most, sum);
  });
  return most;
}

export const never = () => new AbortController().signal;
export const after = (ms: number) => new Promise<void>((resolve) => void global.setTimeout(resolve, ms));
export const passed = (ms: number) => jest.advanceTimersByTimeAsync(ms);

/**
 * A worker in miniature: `pollers` loops that take a permit, wait for a task (until one is in the queue, then `pollMs`),
 * and use it; the call goes out when it may, and lasts `callMs`. `uses` is when they went out.
 */
export function startWorker(options: {
  limiter: Pick<Limiter, 'acquire'>;
  pollers?: number;
  pollMs?: () => number;
  callMs?: number;
  /** What a call takes. */
  tokens?: () => number;
}) {
  const { limiter, pollers = 5, pollMs = () => 3, callMs = 200, tokens = () => 0 } = options;
  const uses: number[] = [];
  let queued = 0;
  const idle: (() => void)[] = [];
  const call = async (permit: Permit) => {
    await permit.reserveTokens(tokens(), never());
    uses.push(performance.now());
    await after(callMs);
    permit.release();
  };
  const poll = async () => {
    for (;;) {
      const permit = await limiter.acquire(never());
      if (queued === 0) await new Promise<void>((resolve) => idle.push(resolve));
      else queued -= 1;
      await after(pollMs());
      permit.use();
      void call(permit);
    }
  };
  for (let i = 0; i < pollers; i++) void poll();
  const arrive = (count: number) => {
    for (let i = 0; i < count; i++) {
      const poller = idle.shift();
      if (poller) poller();
      else queued += 1;
    }
  };
  return { uses, arrive };
}
