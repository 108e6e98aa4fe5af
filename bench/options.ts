import { parseArgs, type ParseArgsConfig } from 'node:util';
import type { LoadOption } from './modes/mode.ts';
import { MODE_NAMES, MODES, type ModeName } from './modes/modes.ts';

export interface BenchOptions {
  readonly mode: ModeName;
  readonly messages: number;
  /** Messages a second. */
  readonly rate: number;
  readonly seconds: number;
  readonly llmLatencyMs: number;
  /** Absent: the pipeline's own default. */
  readonly llmConcurrency: number | undefined;
  /** Bridge and one worker for each role in processes of their own, instead of the standalone. */
  readonly separate: boolean;
  readonly json: boolean;
  readonly help: boolean;
}

export class UsageError extends Error {}

const OPTIONS = {
  mode: { type: 'string', default: 'backlog' },
  messages: { type: 'string' },
  rate: { type: 'string' },
  seconds: { type: 'string' },
  'llm-latency-ms': { type: 'string' },
  'llm-concurrency': { type: 'string' },
  separate: { type: 'boolean', default: false },
  json: { type: 'boolean', default: false },
  help: { type: 'boolean', default: false },
} as const satisfies ParseArgsConfig['options'];

const KNOWN = Object.keys(OPTIONS)
  .map((name) => `--${name}`)
  .join(', ');
const LOAD_OPTIONS: readonly LoadOption[] = ['messages', 'rate', 'seconds'];

export const USAGE = `Usage: npm run bench -- [options]

Measures the pipeline from outside: Kafka, a stand-in LLM in a process of its own, and /proc. Starts every server that the
environment does not name; never calls a real provider.

  --mode MODE           ${MODE_NAMES.map((name) => `${name}: ${MODES[name].about}`).join('\n                        ')}
                        (default backlog)
  --messages N          backlog: how many (default 2000)
  --rate R              steady: messages a second (default 20)
  --seconds S           steady: for how long (default 30)
  --llm-latency-ms L    how long the LLM takes to answer (default 200)
  --llm-concurrency C   LLM_MAX_CONCURRENCY of the pipeline (default: the pipeline's own)
  --separate            bridge and one worker for each role in processes of their own, not the standalone
  --json                exactly one JSON object on stdout; progress stays on stderr
  --help                this text

Exit code 0: every message ended as a result. 1: one was lost or dead-lettered, or the run failed. 64: wrong options.
`;

/** @throws {UsageError} one sentence; for unknown options it names all of them and lists the known ones. */
export function parseBenchOptions(args: readonly string[]): BenchOptions {
  const values = parseKnown(args);
  const mode = MODE_NAMES.find((name) => name === values.mode);
  if (mode === undefined) throw new UsageError(`--mode takes one of ${MODE_NAMES.join(', ')}.`);
  const takes: readonly LoadOption[] = MODES[mode].takes;
  const idle = LOAD_OPTIONS.filter((name) => values[name] !== undefined && !takes.includes(name));
  if (idle.length > 0) {
    throw new UsageError(`--mode ${mode} does not take ${idle.map((name) => `--${name}`).join(', ')}.`);
  }
  const concurrency = values['llm-concurrency'];
  return {
    mode,
    messages: wholeNumber('messages', values.messages ?? '2000', { min: 1, max: 1_000_000 }),
    rate: positiveNumber('rate', values.rate ?? '20'),
    seconds: positiveNumber('seconds', values.seconds ?? '30'),
    llmLatencyMs: wholeNumber('llm-latency-ms', values['llm-latency-ms'] ?? '200', { min: 0, max: 600_000 }),
    llmConcurrency:
      concurrency === undefined ? undefined : wholeNumber('llm-concurrency', concurrency, { min: 1, max: 2_000 }),
    separate: values.separate,
    json: values.json,
    help: values.help,
  };
}

function parseKnown(args: readonly string[]) {
  const { tokens } = parseArgs({
    args: [...args],
    options: OPTIONS,
    strict: false,
    tokens: true,
    allowPositionals: true,
  });
  const unknown = tokens.flatMap((token) => {
    if (token.kind === 'positional') return [token.value];
    return token.kind === 'option' && !Object.hasOwn(OPTIONS, token.name) ? [token.rawName] : [];
  });
  if (unknown.length > 0) throw new UsageError(`Unknown: ${unknown.join(', ')}. Known options: ${KNOWN}.`);
  try {
    return parseArgs({ args: [...args], options: OPTIONS }).values;
  } catch (error) {
    // What is left: a value that is missing, or one too many.
    throw new UsageError(`${(error as Error).message.split('\n')[0] ?? ''}. Known options: ${KNOWN}.`);
  }
}

function wholeNumber(name: string, text: string, { min, max }: { min: number; max: number }): number {
  const value = Number(text);
  if (!/^\d+$/.test(text) || value < min || value > max) {
    throw new UsageError(`--${name} takes a whole number from ${String(min)} to ${String(max)}.`);
  }
  return value;
}

function positiveNumber(name: string, text: string): number {
  const value = Number(text);
  if (!/^\d+(\.\d+)?$/.test(text) || value <= 0 || value > 100_000) {
    throw new UsageError(`--${name} takes a number above 0, up to 100000.`);
  }
  return value;
}
