import { url as debuggerUrl } from 'node:inspector';
import { Worker } from 'node:worker_threads';
import type { Logger } from '../telemetry/logger.ts';
import { EXIT_CODES } from './errors.ts';

/** What the thread is given. */
export interface WatchdogData {
  /** An Int32 that the watched thread raises once a tick. */
  readonly beats: SharedArrayBuffer;
  readonly tickMs: number;
  /** Ticks of the watching thread without a beat, after which the process ends. */
  readonly limitTicks: number;
  readonly exitCode: number;
  /** Fields of the log line. */
  readonly bindings: Readonly<Record<string, unknown>>;
}

const TICK_MS = 1_000;
/**
 * Nothing here works for so long in one piece, and by then Temporal and Kafka have given the work to others. It is counted in ticks of
 * the watching thread, not by a clock: both threads of a process that was stopped, or of a machine that slept, stand still together.
 */
const LIMIT_TICKS = 30;

/** Ends the process, from a thread of its own, when the event loop stands still: then neither signals nor `/livez` are heard. */
export function watchEventLoop(logger: Logger): void {
  // A breakpoint stands still on purpose.
  if (debuggerUrl() !== undefined) return;
  const beats = new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT);
  const counter = new Int32Array(beats);
  setInterval(() => {
    Atomics.add(counter, 0, 1);
  }, TICK_MS).unref();
  const data: WatchdogData = {
    ...{ beats, tickMs: TICK_MS, limitTicks: LIMIT_TICKS, exitCode: EXIT_CODES.internal },
    bindings: logger.bindings(),
  };
  const thread = new Worker(new URL('./event-loop-watchdog-thread.js', import.meta.url), {
    workerData: data,
    resourceLimits: { maxOldGenerationSizeMb: 16, maxYoungGenerationSizeMb: 2, codeRangeSizeMb: 4 },
  });
  thread.on('error', (error) => {
    logger.warn({ err: error }, 'nobody watches the event loop any more');
  });
  thread.unref();
}
