import { spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { guardAgainstOrphaning, killGroup } from './orphan-guard.ts';

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
  void exited.then(guardAgainstOrphaning(pid));
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
