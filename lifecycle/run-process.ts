import { setTimeout as delay } from 'node:timers/promises';
import { startHealthServer } from '../telemetry/health-server.ts';
import type { Logger } from '../telemetry/logger.ts';
import type { Component, ProcessContext, StartComponent } from './component.ts';
import { ConfigurationError, DependencyUnavailableError, EXIT_CODES } from './errors.ts';

/** Orchestrators send SIGKILL some time after SIGTERM; ours has to be over before. */
const DRAIN_LIMIT_MS = 45_000;

/**
 * The life of a process: start its parts in order, answer health checks, wait for a signal or a failure, drain in reverse
 * order (what takes work in stops first), and return the exit code.
 */
export async function runProcess(context: ProcessContext, start: readonly StartComponent[]): Promise<number> {
  const { logger } = context;
  const components: Component[] = [];
  let starting = true;
  const stop = stopSignal(logger);
  const health = await startHealthServer({
    port: context.config.metricsPort,
    registry: context.metrics.registry,
    notReadyBecause: () => [
      ...(starting ? ['starting'] : []),
      ...(stop.requested() ? ['draining'] : []),
      ...components.flatMap((component) => component.notReadyBecause() ?? []),
    ],
  });
  try {
    for (const startComponent of start) {
      // A start may wait for something that is not there; being asked to stop ends that wait, too.
      const component = await Promise.race([startComponent(context), stop.signalled]);
      if (component === undefined) break;
      components.push(component);
      if (stop.requested()) break;
    }
    starting = false;
    logger.info({ components: components.map((c) => c.name), metricsPort: health.port }, 'started');
    await Promise.race([stop.signalled, ...components.map((component) => component.failed)]);
    return (await drain(components, logger)) ? EXIT_CODES.drained : EXIT_CODES.internal;
  } catch (error) {
    const code = exitCodeOf(error);
    logger.fatal({ err: error, exitCode: code }, 'stopping because of a failure');
    await drain(components, logger);
    return code;
  } finally {
    await health.close();
  }
}

export function exitCodeOf(error: unknown): number {
  if (error instanceof ConfigurationError) return EXIT_CODES.configuration;
  if (error instanceof DependencyUnavailableError) return EXIT_CODES.dependencyUnavailable;
  return EXIT_CODES.internal;
}

async function drain(components: readonly Component[], logger: Logger): Promise<boolean> {
  logger.info('draining');
  const drained = (async () => {
    let clean = true;
    for (const component of components.toReversed()) {
      await component.drain().catch((error: unknown) => {
        clean = false;
        logger.error({ err: error, component: component.name }, 'draining failed');
      });
    }
    return clean;
  })();
  const limit = new AbortController();
  const clean = await Promise.race([drained, delay(DRAIN_LIMIT_MS, 'late' as const, { signal: limit.signal })]);
  limit.abort();
  if (clean === true) logger.info('drained');
  if (clean === 'late') logger.error({ limitMs: DRAIN_LIMIT_MS }, 'draining took too long; what is open comes again');
  return clean === true;
}

function stopSignal(logger: Logger) {
  let requested = false;
  const signalled = new Promise<void>((resolve) => {
    for (const signal of ['SIGTERM', 'SIGINT'] as const) {
      process.on(signal, () => {
        logger.info({ signal }, requested ? 'already draining' : 'asked to stop');
        requested = true;
        resolve();
      });
    }
  });
  return { signalled, requested: () => requested };
}
