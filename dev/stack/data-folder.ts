import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { removeLeftOvers } from './left-overs.ts';

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
  removeLeftOvers(tmpdir(), /^llm-kafka-pipeline-(\d+)-/);
  const path = mkdtempSync(join(tmpdir(), `llm-kafka-pipeline-${String(process.pid)}-`));
  return {
    path,
    remove: () => {
      rmSync(path, { recursive: true, force: true, maxRetries: 3 });
    },
  };
}
