import type { Logger } from '../telemetry/logger.ts';

const REPEAT_LOG_AFTER_MS = 10_000;
/**
 * Longer than restarts and fail-overs take. What is under way then is lost to this process anyway: Temporal gives calls to others after
 * seconds without a heartbeat. A client that cannot find back ends with its process, and with an outage nothing is lost by trying again.
 */
const GIVE_UP_AFTER_MS = 300_000;
/**
 * What fails is tried again within half a minute, and confirms it. Without that nobody here uses it any more, for example because the
 * partition with the record went to another bridge: the next success may be hours away.
 */
const FORGET_AFTER_MS = 60_000;

/** Whether something outside answers, as the last minute's use of it showed: for readiness, and so that an outage is not a line per record. */
export interface DependencyState {
  succeeded(): void;
  failed(error: unknown): void;
  /** One sentence while it fails, and at most a minute longer. */
  notReadyBecause(): string | undefined;
  /** Rejects with the first failure after five minutes of nothing else. Never resolves. */
  readonly gaveUp: Promise<never>;
}

/** @param name as sentences say it, for example `Temporal`. */
export function createDependencyState(name: string, logger: Logger, now: () => number = Date.now): DependencyState {
  let failing: { since: number; lastAt: number; loggedAt: number; failures: number; reason: string } | undefined;
  let giveUp: (error: Error) => void = () => undefined;
  const gaveUp = new Promise<never>((_resolve, reject) => {
    giveUp = reject;
  });
  // Whoever does not look at it must not be ended by it.
  gaveUp.catch(() => undefined);
  const isForgotten = () => failing !== undefined && now() - failing.lastAt > FORGET_AFTER_MS;
  return {
    gaveUp,
    succeeded() {
      if (failing === undefined) return;
      logger.info({ failures: failing.failures, afterMs: now() - failing.since }, `${name} works again`);
      failing = undefined;
    },
    failed(error) {
      const at = now();
      const reason = reasonOf(error);
      if (isForgotten()) failing = undefined;
      failing ??= { since: at, lastAt: at, loggedAt: Number.NEGATIVE_INFINITY, failures: 0, reason };
      failing.failures += 1;
      failing.reason = reason;
      failing.lastAt = at;
      const forMs = at - failing.since;
      if (forMs >= GIVE_UP_AFTER_MS) {
        giveUp(new Error(`${name} has failed for ${String(Math.round(forMs / 1_000))} s: ${reason}`, { cause: error }));
      }
      if (at - failing.loggedAt < REPEAT_LOG_AFTER_MS) return;
      failing.loggedAt = at;
      logger.warn({ err: error, failures: failing.failures, forMs }, `${name} fails; waiting for it`);
    },
    notReadyBecause: () => (failing === undefined || isForgotten() ? undefined : `${name} fails: ${failing.reason}`),
  };
}

/** The innermost reason: client libraries wrap it in sentences without any. */
function reasonOf(error: unknown): string {
  let current = error;
  for (let depth = 0; depth < 10 && current instanceof Error && current.cause instanceof Error; depth += 1) {
    current = current.cause;
  }
  return (current instanceof Error ? current.message : String(current)).slice(0, 200);
}
