import { StackError } from '../dev/stack/tools.ts';
import { UsageError } from './options.ts';

export const EXIT_CODES = { kept: 0, broken: 1, usage: 64 } as const;

/** stdout is for the result alone. */
export const say = (line: string) => process.stderr.write(`${line}\n`);

/**
 * Ends the process with what `run` comes to: a case that failed may leave timers behind. What people can mend is one sentence, anything
 * else a stack.
 */
export async function runProgram(run: () => number | Promise<number>): Promise<void> {
  try {
    process.exitCode = await run();
  } catch (error) {
    const known = error instanceof UsageError || error instanceof StackError;
    say(known ? error.message : error instanceof Error ? (error.stack ?? error.message) : String(error));
    process.exitCode = error instanceof UsageError ? EXIT_CODES.usage : EXIT_CODES.broken;
  }
  // After what has been written to a pipe before.
  process.stdout.write('', () => process.exit());
}
