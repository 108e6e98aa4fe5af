import type { Logger } from '../telemetry/logger.ts';

const REPEAT_LOG_AFTER_MS = 10_000;

/** Whether something outside answers, as the last use of it showed: for readiness, and so that an outage is not a line per record. */
export interface DependencyState {
  succeeded(): void;
  failed(error: unknown): void;
  /** One sentence while it fails. */
  notReadyBecause(): string | undefined;
}

/** @param name as sentences say it, for example `Temporal`. */
export function createDependencyState(name: string, logger: Logger, now: () => number = Date.now): DependencyState {
  let failing: { since: number; loggedAt: number; failures: number; reason: string } | undefined;
  return {
    succeeded() {
      if (failing === undefined) return;
      logger.info({ failures: failing.failures, afterMs: now() - failing.since }, `${name} works again`);
      failing = undefined;
    },
    failed(error) {
      const at = now();
      const reason = reasonOf(error);
      failing ??= { since: at, loggedAt: Number.NEGATIVE_INFINITY, failures: 0, reason };
      failing.failures += 1;
      failing.reason = reason;
      if (at - failing.loggedAt < REPEAT_LOG_AFTER_MS) return;
      failing.loggedAt = at;
      logger.warn(
        { err: error, failures: failing.failures, forMs: at - failing.since },
        `${name} fails; waiting for it`,
      );
    },
    notReadyBecause: () => (failing === undefined ? undefined : `${name} fails: ${failing.reason}`),
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
