import { StackError } from '../stack/tools.ts';
import { USAGE, UsageError, parseOptions, type DemoOptions } from './options.ts';
import { runDemo } from './run-demo.ts';
import { createScreen } from './screen.ts';

/** sysexits.h: the command was used wrongly. */
const USAGE_EXIT = 64;
const INTERRUPTED_EXIT = 130;
/** Whatever still holds the process then, it has nothing to say any more. */
const EXIT_GRACE_MS = 5_000;

try {
  const options = parseOptions(process.argv.slice(2));
  if (options.help) process.stdout.write(USAGE);
  else process.exitCode = await demo(options);
} catch (error) {
  // What is expected to go wrong comes as one sentence; anything else is a defect, whose stack somebody needs.
  const known = error instanceof UsageError || error instanceof StackError;
  process.stderr.write(`${known ? error.message : String((error as Error).stack ?? error)}\n`);
  process.exitCode = error instanceof UsageError ? USAGE_EXIT : 1;
}

setTimeout(() => process.exit(), EXIT_GRACE_MS).unref();

async function demo(options: DemoOptions): Promise<number> {
  const screen = createScreen(process.stdout);
  const interrupt = new AbortController();
  const interrupted = new Promise<void>((resolve) => {
    interrupt.signal.addEventListener('abort', () => {
      resolve();
    });
  });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => {
      interrupt.abort(new StackError(`Interrupted by ${signal}.`));
    });
  }
  try {
    const run = await runDemo(options, screen, interrupt.signal);
    if (screen.live && !options.once) {
      screen.print('Ctrl-C stops everything.');
      await interrupted;
    }
    await run.stop();
    return run.accountedFor ? 0 : 1;
  } catch (error) {
    if (!interrupt.signal.aborted) throw error;
    process.stderr.write(`${(interrupt.signal.reason as Error).message}\n`);
    return INTERRUPTED_EXIT;
  }
}
