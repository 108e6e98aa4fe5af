import type { Logger } from '../telemetry/logger.ts';

/** A terminal and npm both pass one Ctrl-C on, and some supervisors signal a process and its group: that is one request. */
const SAME_REQUEST_MS = 1_000;

/** SIGTERM and SIGINT, as requests. */
export interface StopSignal {
  /** Resolves with the first one. */
  readonly signalled: Promise<undefined>;
  /** Resolves with another one, a second or more later: whoever asks again does not want to wait. */
  readonly insisted: Promise<undefined>;
  requested(): boolean;
  /** Leaves the signals alone again. */
  close(): void;
}

export function listenForStop(logger: Logger, now: () => number = () => performance.now()): StopSignal {
  let firstAt: number | undefined;
  let resolveSignalled: (nothing?: undefined) => void = () => undefined;
  let resolveInsisted: (nothing?: undefined) => void = () => undefined;
  const signalled = new Promise<undefined>((resolve) => {
    resolveSignalled = resolve;
  });
  const insisted = new Promise<undefined>((resolve) => {
    resolveInsisted = resolve;
  });
  const listener = (signal: NodeJS.Signals) => {
    if (firstAt === undefined) {
      logger.info({ signal }, 'asked to stop');
      firstAt = now();
      resolveSignalled();
    } else if (now() - firstAt < SAME_REQUEST_MS) logger.info({ signal }, 'already draining');
    else {
      logger.warn({ signal }, 'asked to stop again: ending without draining; what is open comes again');
      resolveInsisted();
    }
  };
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, listener);
  return {
    signalled,
    insisted,
    requested: () => firstAt !== undefined,
    close() {
      for (const signal of ['SIGTERM', 'SIGINT'] as const) process.off(signal, listener);
    },
  };
}
