import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';

export interface ExitStatus {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

export interface RunningChild {
  readonly pid: number;
  readonly exited: Promise<ExitStatus>;
  /** SIGTERM, and SIGKILL to the whole group when `graceMs` pass without an end. */
  stop(graceMs: number): Promise<ExitStatus>;
  /** SIGKILL to the whole group; resolves when the process is gone. */
  kill(): Promise<ExitStatus>;
}

export interface ChildOptions {
  readonly command: string;
  readonly args: readonly string[];
  readonly cwd: string;
  /** The whole environment. */
  readonly env: NodeJS.ProcessEnv;
  /** Receives stdout and stderr, appended. */
  readonly logFile: string;
}

/**
 * Starts a process that ends with this one: on a Ctrl-C it is left for its owner to stop in order (it has its own
 * process group), and when this process dies without doing so, even by SIGKILL, a guard ends it.
 */
export function startChild({ command, args, cwd, env, logFile }: ChildOptions): RunningChild {
  const log = openSync(logFile, 'a');
  const child = spawn(command, args, { cwd, env, detached: true, stdio: ['ignore', log, log] });
  closeSync(log);
  const exited = new Promise<ExitStatus>((done) => {
    child.once('error', () => {
      done({ code: 127, signal: null });
    });
    child.once('exit', (code, signal) => {
      done({ code, signal });
    });
  });
  const { pid } = child;
  if (pid === undefined) return { pid: 0, exited, stop: () => exited, kill: () => exited };
  const guard = guardAgainstOrphaning(pid);
  void exited.then(() => guard.stdin?.end('done\n'));
  return {
    pid,
    exited,
    async stop(graceMs) {
      child.kill('SIGTERM');
      const timer = setTimeout(killGroup, graceMs, pid);
      const status = await exited;
      clearTimeout(timer);
      return status;
    },
    kill() {
      killGroup(pid);
      return exited;
    },
  };
}

/**
 * The guard waits on a pipe from this process. A line says that the child has ended by itself; the pipe's end without
 * one says that this process is gone. A shell, because every guarded child costs one.
 */
function guardAgainstOrphaning(pid: number): ChildProcess {
  const script = 'read -r line; [ "$line" = done ] || { kill -TERM "-$1"; sleep 3; kill -KILL "-$1"; } 2>/dev/null';
  const guard = spawn('/bin/sh', ['-c', script, 'orphan-guard', String(pid)], {
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  guard.on('error', () => undefined);
  guard.stdin?.on('error', () => undefined);
  // Neither keeps this process alive.
  guard.unref();
  return guard;
}

function killGroup(pid: number): void {
  try {
    process.kill(-pid, 'SIGKILL');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}
