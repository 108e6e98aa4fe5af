import { explainFailure } from '../explain-failure.ts';
import { StackError } from '../stack/tools.ts';
import { USAGE, parseOptions, type DemoOptions } from './options.ts';
import { runDemo } from './run-demo.ts';
import { createScreen } from './screen.ts';

const INTERRUPTED_EXIT = 130;
/** Whatever still holds the process then, it has nothing to say any more. */
const EXIT_GRACE_MS = 5_000;

try {
  const options = parseOptions(process.argv.slice(2));
  if (options.help) process.stdout.write(USAGE);
  else process.exitCode = await demo(options);
} catch (error) {
  const { text, exitCode } = explainFailure(error);
  process.stderr.write(`${text}\n`);
  process.exitCode = exitCode;
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
