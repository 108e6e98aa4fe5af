import { mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

const PREFIX = 'llm-kafka-pipeline-';

export interface DataFolder {
  readonly path: string;
  /** Deletes a temporary folder; one that was asked for stays. */
  remove(): void;
}

/** The folder for the servers' state and logs: the one asked for, or a temporary one. */
export function openDataFolder(wanted: string | undefined): DataFolder {
  if (wanted !== undefined) {
    const path = resolve(wanted);
    mkdirSync(path, { recursive: true });
    return { path, remove: () => undefined };
  }
  removeLeftOvers();
  const path = mkdtempSync(join(tmpdir(), `${PREFIX}${String(process.pid)}-`));
  return {
    path,
    remove: () => {
      rmSync(path, { recursive: true, force: true, maxRetries: 3 });
    },
  };
}

/** A run that was killed could not delete its folder; its name tells whose it was. */
function removeLeftOvers(): void {
  for (const name of readdirSync(tmpdir())) {
    const [, pid] = /^llm-kafka-pipeline-(\d+)-/.exec(name) ?? [];
    if (pid === undefined || isRunning(Number(pid))) continue;
    rmSync(join(tmpdir(), name), { recursive: true, force: true });
  }
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
