import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { OnProgress } from '../dev/progress.ts';
import { startFaultServers, type FaultServers } from './servers.ts';

/** As a shell counts it. */
const INTERRUPTED = 130;

interface Options<T> {
  /** How many sets of servers. Default 1. */
  readonly sets?: number;
  readonly onProgress: OnProgress;
  readonly isKept: (outcome: T) => boolean;
}

/**
 * Sets of servers of their own for as long as `use` takes, also when it is interrupted. What they and the processes wrote is kept
 * where `isKept` says so of the outcome: it is what a failure is understood by.
 */
export async function withFaultServers<T>(
  { sets = 1, onProgress, isKept }: Options<T>,
  use: (servers: readonly [FaultServers, ...FaultServers[]]) => Promise<T>,
): Promise<T> {
  const started: FaultServers[] = [];
  let forget = false;
  const stop = () => Promise.all(started.map((servers) => servers.stop()));
  // Guards end the pipeline's processes with this one.
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => {
      void stop().finally(() => process.exit(INTERRUPTED));
    });
  }
  const start = async () => {
    const dataDir = mkdtempSync(join(tmpdir(), 'llm-kafka-pipeline-faults-'));
    const servers = await startFaultServers({ dataDir, onProgress });
    started.push(servers);
    return servers;
  };
  try {
    const first = await start();
    // One after the other: what the first one builds or fetches is there for the next.
    const more: FaultServers[] = [];
    for (let set = 1; set < sets; set += 1) more.push(await start());
    const outcome = await use([first, ...more]);
    forget = !isKept(outcome);
    return outcome;
  } finally {
    // An outcome counts, also when a server does not stop as it should.
    await stop().catch((error: unknown) => {
      onProgress(`A server did not stop: ${String(error)}`);
    });
    if (forget) for (const { dataDir } of started) rmSync(dataDir, { recursive: true, force: true });
  }
}
