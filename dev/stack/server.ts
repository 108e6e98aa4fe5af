import { readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { startChild, type ChildOptions, type ExitStatus, type RunningChild } from './child-process.ts';
import { StackError } from './tools.ts';

/** A server of the stack. `kill` and `start` throw for one that was given from outside. */
export interface Server {
  /** Of the current process; absent for a server that was given from outside. */
  readonly pid?: number;
  /** SIGKILL, as an outage would. Resolves when the process is gone. */
  kill(): Promise<void>;
  /** Starts it again on the same port and data, after `kill`. Resolves when it answers. */
  start(): Promise<void>;
  /** In order, as at the end of a run. A server from outside is left alone. */
  stop(): Promise<void>;
}

export interface OwnServer extends Server {
  readonly pid: number;
}

export interface ServerOptions extends ChildOptions {
  readonly name: string;
  /** Whether it answers. Throwing means: not yet. */
  readonly probe: () => Promise<unknown>;
  /** Told when it ends without having been asked to. */
  readonly onUnexpectedExit?: (status: ExitStatus) => void;
}

const START_TIMEOUT_MS = 60_000;
const STOP_GRACE_MS = 10_000;
const PROBE_EVERY_MS = 50;

/**
 * Starts a server and waits until it answers.
 * @throws {StackError} with the end of its log when it does not.
 */
export async function startServer(options: ServerOptions): Promise<OwnServer> {
  let child: RunningChild;
  let asked = false;

  const start = async () => {
    asked = false;
    const current = startChild(options);
    child = current;
    const end: { status?: ExitStatus } = {};
    void current.exited.then((status) => {
      end.status = status;
      if (!asked) options.onUnexpectedExit?.(status);
    });
    const deadline = Date.now() + START_TIMEOUT_MS;
    while (!(await answers(options.probe))) {
      if (end.status !== undefined || Date.now() > deadline) {
        asked = true;
        await current.kill();
        throw new StackError(
          `${options.name} did not start; the end of ${options.logFile}:\n${endOf(options.logFile)}`,
        );
      }
      await delay(PROBE_EVERY_MS);
    }
  };

  await start();
  return {
    get pid() {
      return child.pid;
    },
    start,
    async kill() {
      asked = true;
      await child.kill();
    },
    async stop() {
      asked = true;
      await child.stop(STOP_GRACE_MS);
    },
  };
}

/** Stands for a server that somebody else runs. */
export function serverFromOutside(name: string): Server {
  const refuse = () =>
    Promise.reject(new StackError(`${name} was given from outside: it is not ours to stop or start.`));
  return { kill: refuse, start: refuse, stop: () => Promise.resolve() };
}

/** A server with further members. Its `pid` stays a getter: it changes when the server is started again. */
export function withMembers<Members extends object>(server: Server, members: Members): Server & Members {
  return Object.defineProperties(members, Object.getOwnPropertyDescriptors(server)) as Server & Members;
}

async function answers(probe: () => Promise<unknown>): Promise<boolean> {
  try {
    await probe();
    return true;
  } catch {
    return false;
  }
}

/** The last lines of a log file. */
export function endOf(logFile: string, lines = 20): string {
  try {
    return readFileSync(logFile, 'utf8').trimEnd().split('\n').slice(-lines).join('\n');
  } catch {
    return '(no log)';
  }
}
