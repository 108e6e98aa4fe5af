import { startHealthServer } from '../telemetry/health-server.ts';
import type { Component, ProcessContext, StartComponent } from './component.ts';
import { drainAll, type DrainOptions, type Parts } from './drain.ts';
import { ConfigurationError, DependencyUnavailableError, EXIT_CODES } from './errors.ts';
import { listenForStop, type StopSignal } from './stop-signal.ts';

type Limits = Pick<DrainOptions, 'limitMs' | 'startGraceMs'>;

/**
 * The life of a process: start its parts in order, answer health checks, wait for a signal or a failure, drain in reverse
 * order (what takes work in stops first), and return the exit code.
 */
export async function runProcess(
  context: ProcessContext,
  start: readonly StartComponent[],
  limits: Limits = {},
): Promise<number> {
  const { logger } = context;
  const parts: { started: Component[]; starting: Parts['starting'] } = { started: [], starting: undefined };
  const stop = listenForStop(logger);
  let isStarting = true;
  const health = await startHealthServer({
    port: context.config.metricsPort,
    registry: context.metrics.registry,
    notReadyBecause: () => [
      ...(isStarting ? ['starting'] : []),
      ...(stop.requested() ? ['draining'] : []),
      ...parts.started.flatMap((component) => component.notReadyBecause() ?? []),
    ],
  });
  const drain = () => drainAll(parts, { logger, insisted: stop.insisted, ...limits });
  try {
    for (const startComponent of start) {
      if (stop.requested()) break;
      parts.starting = startComponent(context);
      const component = await untilStopped(stop, parts.started, parts.starting);
      if (component === undefined) break;
      parts.started.push(component);
      parts.starting = undefined;
    }
    isStarting = false;
    if (!stop.requested()) {
      logger.info({ components: parts.started.map(({ name }) => name), metricsPort: health.port }, 'started');
    }
    await untilStopped(stop, parts.started);
    return (await drain()) ? EXIT_CODES.drained : EXIT_CODES.internal;
  } catch (error) {
    const code = exitCodeOf(error);
    logger.fatal({ err: error, exitCode: code }, 'stopping because of a failure');
    await drain();
    return code;
  } finally {
    stop.close();
    await health.close();
  }
}

/**
 * Waits for the next part, if one is given, no longer than until a signal: a start may wait for something that is not there.
 * @throws what one of the parts fails with.
 */
function untilStopped(
  stop: StopSignal,
  started: readonly Component[],
  next?: Promise<Component>,
): Promise<Component | undefined> {
  return Promise.race([stop.signalled, ...(next === undefined ? [] : [next]), ...started.map(({ failed }) => failed)]);
}

export function exitCodeOf(error: unknown): number {
  if (error instanceof ConfigurationError) return EXIT_CODES.configuration;
  if (error instanceof DependencyUnavailableError) return EXIT_CODES.dependencyUnavailable;
  return EXIT_CODES.internal;
}
