import { DeadlineError } from './transport-fault.ts';

/**
 * Runs a call with a signal that aborts when the caller's does (with its reason) or when the total deadline passes (with
 * a `DeadlineError`). The openai package's own timeout ends with the response headers, so a body could trickle for ever.
 *
 * Listener and timer are gone when it settles: `AbortSignal.any` and `AbortSignal.timeout` would leave both behind on a
 * signal that lives as long as its worker.
 */
export async function withDeadline<T>(
  { signal, timeoutMs }: { signal: AbortSignal; timeoutMs: number },
  run: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  signal.throwIfAborted();
  const controller = new AbortController();
  const passOn = () => {
    controller.abort(signal.reason);
  };
  const timer = setTimeout(() => {
    controller.abort(new DeadlineError(timeoutMs));
  }, timeoutMs);
  signal.addEventListener('abort', passOn, { once: true });
  try {
    return await run(controller.signal);
  } catch (error) {
    // Whatever the aborted call rejects with is only an echo of the reason.
    throw controller.signal.aborted ? controller.signal.reason : error;
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', passOn);
  }
}
