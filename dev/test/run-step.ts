import { spawn } from 'node:child_process';
import { findProjectRoot } from '../stack/project-root.ts';

export interface Step {
  readonly name: string;
  /** A script below the project's root, run by this Node. */
  readonly script: string;
  readonly args: readonly string[];
}

export interface StepResult {
  readonly name: string;
  readonly seconds: number;
  readonly succeeded: boolean;
}

/** Runs one step with its output shown, and names it with its seconds. Ctrl-C ends step and runner alike. */
export async function runStep({ name, script, args }: Step): Promise<StepResult> {
  const root = findProjectRoot();
  const startedAt = performance.now();
  process.stdout.write(`\n— ${name}\n`);
  const child = spawn(process.execPath, [`${root}/${script}`, ...args], { cwd: root, stdio: 'inherit' });
  const passOn = (signal: NodeJS.Signals) => child.kill(signal);
  process.on('SIGTERM', passOn);
  // A terminal sends its own to the child; both would stop a tidy shutdown half-way.
  process.on('SIGINT', ignore);
  const code = await new Promise<number | null>((done, reject) => {
    child.once('error', reject);
    child.once('exit', done);
  });
  process.removeListener('SIGTERM', passOn);
  process.removeListener('SIGINT', ignore);
  const seconds = (performance.now() - startedAt) / 1_000;
  const succeeded = code === 0;
  process.stdout.write(`— ${name}: ${succeeded ? 'ok' : `failed (${String(code)})`}, ${seconds.toFixed(1)} s\n`);
  return { name, seconds, succeeded };
}

const ignore = () => undefined;
