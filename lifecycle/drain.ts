import { pause } from './pause.ts';
import type { Logger } from '../telemetry/logger.ts';
import type { Component } from './component.ts';

/** Orchestrators send SIGKILL some time after SIGTERM. Everything has to be over 45 s after it, and ending takes a moment, too. */
const DRAIN_LIMIT_MS = 44_000;
/**
 * For a part that is just starting. One that has joined its consumer group should leave it, or its partitions stand still for
 * the length of a session; one that waits for something that is not there has nothing to leave.
 */
const START_GRACE_MS = 5_000;

export interface Parts {
  /** In the order in which they were started. */
  readonly started: readonly Component[];
  readonly starting: Promise<Component> | undefined;
}

export interface DrainOptions {
  readonly logger: Logger;
  /** Resolves when nobody wants to wait any longer. */
  readonly insisted: Promise<unknown>;
  readonly limitMs?: number;
  readonly startGraceMs?: number;
}

/**
 * Drains all parts in reverse order, what takes work in first.
 * @returns whether all of it was done: in time, without an error, and not cut short.
 */
export async function drainAll(parts: Parts, options: DrainOptions): Promise<boolean> {
  const { logger, insisted, limitMs = DRAIN_LIMIT_MS, startGraceMs = START_GRACE_MS } = options;
  logger.info('draining');
  const over = new AbortController();
  const late = pause(limitMs, over.signal).then(() => 'late' as const);
  const drained = drainInOrder(parts, { logger, startGraceMs });
  const end = await Promise.race([drained, late, insisted.then(() => 'insisted' as const)]);
  over.abort();
  if (end === true) logger.info('drained');
  if (end === 'late') logger.error({ limitMs }, 'draining took too long; what is open comes again');
  return end === true;
}

async function drainInOrder(
  { started, starting }: Parts,
  { logger, startGraceMs }: { logger: Logger; startGraceMs: number },
): Promise<boolean> {
  const last = starting === undefined ? undefined : await within(startGraceMs, starting);
  let clean = true;
  for (const component of [...started, ...(last === undefined ? [] : [last])].toReversed()) {
    await component.drain().catch((error: unknown) => {
      clean = false;
      logger.error({ err: error, component: component.name }, 'draining failed');
    });
  }
  return clean;
}

/** `undefined` for one that failed, or has not started by then. */
async function within(ms: number, starting: Promise<Component>): Promise<Component | undefined> {
  const settled = new AbortController();
  const component = await Promise.race([starting.catch(() => undefined), pause(ms, settled.signal)]);
  settled.abort();
  return component ?? undefined;
}
