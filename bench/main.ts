import { StackError } from '../dev/stack/tools.ts';
import { ConfigurationError, DependencyUnavailableError } from '../lifecycle/errors.ts';
import { createCleanUp } from './clean-up.ts';
import { MODES } from './modes/modes.ts';
import { UsageError } from './option-values.ts';
import { parseBenchOptions, type BenchOptions } from './options.ts';
import { USAGE } from './usage.ts';

/** `npm run bench -- …`. With `--json` stdout carries one object and nothing else, so progress goes to stderr. */
const EXIT_CODES = { done: 0, failed: 1, usage: 64, interrupted: 130 } as const;
const say = (line: string) => process.stderr.write(`${line}\n`);
const interruption = new AbortController();

async function bench(options: BenchOptions): Promise<number> {
  const cleanUp = createCleanUp();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    // Once: a second Ctrl-C ends this process at once, and guards then end what it started.
    process.once(signal, () => {
      interruption.abort();
      say('Stopping …');
      void cleanUp.run().finally(() => process.exit(EXIT_CODES.interrupted));
    });
  }
  try {
    const { report, table, problems } = await MODES[options.mode].run(options, { cleanUp, onProgress: say });
    process.stdout.write(`${options.json ? JSON.stringify(report) : table}\n`);
    for (const problem of problems) say(problem);
    return problems.length > 0 ? EXIT_CODES.failed : EXIT_CODES.done;
  } finally {
    await cleanUp.run();
  }
}

function describe(error: unknown): string {
  const known = [UsageError, StackError, ConfigurationError, DependencyUnavailableError];
  if (error instanceof Error && known.some((kind) => error instanceof kind)) return error.message;
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

try {
  const options = parseBenchOptions(process.argv.slice(2));
  if (options.help) process.stdout.write(USAGE);
  else process.exitCode = await bench(options);
} catch (error) {
  // What breaks because its servers were just stopped is no news.
  if (!interruption.signal.aborted) say(describe(error));
  process.exitCode = error instanceof UsageError ? EXIT_CODES.usage : EXIT_CODES.failed;
}
