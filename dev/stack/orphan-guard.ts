import { spawn } from 'node:child_process';

/**
 * Ends the process group `pid` when this process dies without having done so, even by SIGKILL.
 *
 * The guard waits on a pipe from this process. A line says that the group has ended by itself; the pipe's end without
 * one says that this process is gone. A shell, because every guarded group costs one.
 *
 * @returns to be called when the group has ended
 */
export function guardAgainstOrphaning(pid: number): () => void {
  const script = 'read -r line; [ "$line" = done ] || { kill -TERM "-$1"; sleep 3; kill -KILL "-$1"; } 2>/dev/null';
  const guard = spawn('/bin/sh', ['-c', script, 'orphan-guard', String(pid)], {
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  // A guard that cannot start, or was killed, is no reason to fail.
  guard.on('error', () => undefined);
  guard.stdin.on('error', () => undefined);
  guard.unref();
  return () => {
    guard.stdin.end('done\n');
  };
}

/** SIGKILL to a whole process group; one that is gone already is fine. */
export function killGroup(pid: number): void {
  try {
    process.kill(-pid, 'SIGKILL');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}
