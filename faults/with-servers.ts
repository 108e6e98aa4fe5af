import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { OnProgress } from '../dev/progress.ts';
import { startFaultServers, type FaultServers } from './servers.ts';

/** As a shell counts it. */
const INTERRUPTED = 130;

/**
 * Servers of their own for as long as `use` takes, also when it is interrupted. What they and the processes wrote is kept where
 * `isKept` says so of the outcome: it is what a failure is understood by.
 */
export async function withFaultServers<T>(
  { onProgress, isKept }: { readonly onProgress: OnProgress; readonly isKept: (outcome: T) => boolean },
  use: (servers: FaultServers) => Promise<T>,
): Promise<T> {
  const dataDir = mkdtempSync(join(tmpdir(), 'llm-kafka-pipeline-faults-'));
  const servers = await startFaultServers({ dataDir, onProgress });
  // Guards end the pipeline's processes with this one.
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => {
      void servers.stop().finally(() => process.exit(INTERRUPTED));
    });
  }
  const outcome = await use(servers).finally(() => servers.stop());
  if (!isKept(outcome)) rmSync(dataDir, { recursive: true, force: true });
  return outcome;
}
