import { join } from 'node:path';
import { findProjectRoot } from '../../dev/stack/project-root.ts';
import { runProgram } from './run-program.ts';

/**
 * As an operator does, through the program.
 * @returns what it printed.
 * @throws when it did not do all that it was asked for.
 */
export async function runCtl(args: readonly string[], env: Readonly<Record<string, string>>): Promise<string> {
  const program = join(findProjectRoot(), 'dist/ctl/main.js');
  const { code, stdout, stderr } = await runProgram(process.execPath, [program, ...args], env);
  if (code !== 0) throw new Error(`ctl ${args.join(' ')} ended with ${String(code)}: ${stderr}`);
  return stdout;
}
