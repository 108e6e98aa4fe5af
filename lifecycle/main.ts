import { unsharedBlobStore } from '../config/blob-store.ts';
import { loadConfig } from '../config/load.ts';
import { secretsOf } from '../config/secrets.ts';
import { createLogDestination } from '../telemetry/log-destination.ts';
import { createLogger } from '../telemetry/logger.ts';
import { createMetrics } from '../telemetry/metrics.ts';
import type { StartComponent } from './component.ts';
import { EXIT_CODES } from './errors.ts';
import { watchEventLoop } from './event-loop-watchdog.ts';
import { exitCodeOf, runProcess } from './run-process.ts';

/**
 * What every `main.ts` calls: configuration, logger and metrics, then the given parts until the process is asked to stop.
 * Ends the process; a library's forgotten timer or socket must not keep a drained process alive.
 */
export async function main(
  processName: string,
  start: readonly StartComponent[],
  environment: Readonly<Record<string, string | undefined>>,
): Promise<never> {
  try {
    const config = loadConfig(environment);
    const metrics = createMetrics();
    const destination = createLogDestination(() => {
      metrics.logErrors.inc();
    });
    const logger = createLogger(config.logLevel, {
      bindings: { process: processName },
      secrets: secretsOf(config),
      destination,
    });
    // A rejection that nobody handles comes here, too, unless it is a running workflow's: the SDK lets that one's task fail.
    process.on('uncaughtException', (error) => {
      logger.fatal({ err: error }, 'uncaughtException');
      process.exit(EXIT_CODES.internal);
    });
    watchEventLoop(logger);
    const warning = unsharedBlobStore(environment);
    if (warning !== undefined) logger.warn(warning);
    process.exit(await runProcess({ config, logger, metrics }, start));
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exit(exitCodeOf(error));
  }
}
