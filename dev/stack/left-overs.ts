import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';

/**
 * Deletes what a killed run could not.
 * @param pattern of names in `folder`; its first group is the process id of the run the entry belongs to
 */
export function removeLeftOvers(folder: string, pattern: RegExp): void {
  for (const name of readdirSync(folder)) {
    const [, pid] = pattern.exec(name) ?? [];
    if (pid !== undefined && !isRunning(Number(pid))) rmSync(join(folder, name), { recursive: true, force: true });
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
