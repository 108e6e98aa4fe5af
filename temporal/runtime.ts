import { DefaultLogger, makeTelemetryFilterString, Runtime, type LogEntry } from '@temporalio/worker';
import type { Logger } from '../telemetry/logger.ts';

let installed = false;

/**
 * Sends the SDK's and its native core's log lines through ours, and leaves signals to us: the SDK's own handlers would
 * start shutting workers down before the bridge has stopped. The SDK allows one runtime a process, and it outlives workers.
 */
export function installRuntime(logger: Logger): void {
  if (installed) return;
  installed = true;
  const levels = { TRACE: 'trace', DEBUG: 'debug', INFO: 'info', WARN: 'warn', ERROR: 'error' } as const;
  Runtime.install({
    shutdownSignals: [],
    logger: new DefaultLogger('INFO', ({ level, message, meta }: LogEntry) => {
      logger[levels[level]](meta ?? {}, message);
    }),
    telemetryOptions: { logging: { forward: {}, filter: makeTelemetryFilterString({ core: 'WARN', other: 'ERROR' }) } },
  });
}
