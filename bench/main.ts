import { availableParallelism } from 'node:os';
import { StackError } from '../dev/stack/tools.ts';
import { ConfigurationError, DependencyUnavailableError } from '../lifecycle/errors.ts';
import { createCleanUp } from './clean-up.ts';
import { MODES } from './modes/modes.ts';
import { parseBenchOptions, USAGE, UsageError, type BenchOptions } from './options.ts';
import { reportTable, type Conditions } from './report-table.ts';
import { runBench, type BenchRun } from './run-bench.ts';

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
    const run = await runBench(options, { cleanUp, onProgress: say });
    const output = options.json ? JSON.stringify(run.report) : reportTable(run.report, conditions(options, run));
    process.stdout.write(`${output}\n`);
    if (run.deadLetters > 0) say(`${String(run.deadLetters)} messages became dead letters: the figures are worthless.`);
    return run.report.lost > 0 || run.deadLetters > 0 ? EXIT_CODES.failed : EXIT_CODES.done;
  } finally {
    await cleanUp.run();
  }
}

function conditions(options: BenchOptions, { report, llmConcurrency }: BenchRun): Conditions {
  const steady =
    options.mode === 'steady' ? ` (${String(options.rate)} a second for ${String(options.seconds)} s)` : '';
  return {
    load: `${options.mode}: ${MODES[options.mode].about}; ${String(report.messages)} messages${steady}`,
    llmLatencyMs: options.llmLatencyMs,
    llmConcurrency,
    processes: options.separate ? 'bridge and one worker for each role, apart' : 'standalone: one process',
    cores: availableParallelism(),
    nodeVersion: process.versions.node,
  };
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
