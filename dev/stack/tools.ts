import { spawn } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { guardAgainstOrphaning, killGroup } from './orphan-guard.ts';

/** Something the embedded stack needs is missing or failed. The message is for people and says what to do. */
export class StackError extends Error {
  constructor(message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = 'StackError';
  }
}

/** The path of an executable on PATH. */
export function findOnPath(name: string): string | undefined {
  return (process.env['PATH'] ?? '')
    .split(delimiter)
    .filter((folder) => folder !== '')
    .map((folder) => join(folder, name))
    .find(isExecutable);
}

export function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

export interface ToolRun {
  readonly command: string;
  readonly args: readonly string[];
  readonly cwd?: string;
  /** Added to this process's environment. */
  readonly env?: Readonly<Record<string, string>>;
  /** Killed after this many milliseconds. */
  readonly timeoutMs?: number;
}

const KEPT_OUTPUT_CHARS = 2_000;

/**
 * Runs a tool to its end.
 * @throws {StackError} with the end of its output when it fails or takes too long.
 */
export async function runTool({ command, args, cwd, env, timeoutMs }: ToolRun): Promise<void> {
  const child = spawn(command, args, {
    cwd,
    env: { ...process.env, ...env },
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const { pid } = child;
  // An interrupted set-up must not leave a compiler running for minutes.
  const ended = pid === undefined ? undefined : guardAgainstOrphaning(pid);
  const timer = pid !== undefined && timeoutMs !== undefined ? setTimeout(killGroup, timeoutMs, pid) : undefined;
  let output = '';
  const keep = (chunk: Buffer) => {
    output = (output + chunk.toString('utf8')).slice(-KEPT_OUTPUT_CHARS);
  };
  child.stdout.on('data', keep);
  child.stderr.on('data', keep);
  try {
    const problem = await new Promise<string | undefined>((done) => {
      child.once('error', (error) => {
        done(error.message);
      });
      child.once('close', (code, signal) => {
        done(code === 0 ? undefined : (signal ?? `exit ${String(code)}`));
      });
    });
    if (problem !== undefined) {
      throw new StackError(`${command} ${args.join(' ')} failed (${problem}):\n${output.trim()}`);
    }
  } finally {
    clearTimeout(timer);
    ended?.();
  }
}
