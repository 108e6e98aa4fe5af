import { parseArgs, type ParseArgsConfig } from 'node:util';
import { parseLimitsOptions, type LimitsOptions } from './limits/options.ts';
import { MODE_NAMES, MODES, type ModeName } from './modes/modes.ts';
import { numberAbove, oneOf, UsageError, wholeNumber } from './option-values.ts';

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
  /** Of the mode of that name. */
  readonly limits: LimitsOptions;
  readonly json: boolean;
  readonly help: boolean;
}

/** Options that only some modes take. Without a default here: what was not given has to be told from what was. */
const MODE_OPTIONS = {
  messages: { type: 'string' },
  rate: { type: 'string' },
  seconds: { type: 'string' },
  separate: { type: 'boolean' },
  workers: { type: 'string' },
  'requests-per-minute': { type: 'string' },
  'tokens-per-minute': { type: 'string' },
  mix: { type: 'string' },
  limits: { type: 'string' },
  'change-at': { type: 'string', multiple: true },
  'kill-every': { type: 'string' },
  'no-comparison': { type: 'boolean' },
} as const satisfies ParseArgsConfig['options'];

export type ModeOption = keyof typeof MODE_OPTIONS;

const OPTIONS = {
  mode: { type: 'string', default: 'backlog' },
  ...MODE_OPTIONS,
  'llm-latency-ms': { type: 'string' },
  'llm-concurrency': { type: 'string' },
  json: { type: 'boolean', default: false },
  help: { type: 'boolean', default: false },
} as const satisfies ParseArgsConfig['options'];

const KNOWN = Object.keys(OPTIONS)
  .map((name) => `--${name}`)
  .join(', ');

/** As the command line has them. */
export type OptionValues = ReturnType<typeof parseKnown>;

/** @throws {UsageError} one sentence; for unknown options it names all of them and lists the known ones. */
export function parseBenchOptions(args: readonly string[]): BenchOptions {
  const values = parseKnown(args);
  const mode = oneOf('mode', values.mode, MODE_NAMES);
  const takes: readonly ModeOption[] = MODES[mode].takes;
  const given = (Object.keys(MODE_OPTIONS) as ModeOption[]).filter((name) => values[name] !== undefined);
  const idle = given.filter((name) => !takes.includes(name));
  if (idle.length > 0) {
    throw new UsageError(`--mode ${mode} does not take ${idle.map((name) => `--${name}`).join(', ')}.`);
  }
  const concurrency = values['llm-concurrency'];
  return {
    mode,
    messages: wholeNumber('messages', values.messages ?? '2000', { min: 1, max: 1_000_000 }),
    rate: numberAbove('rate', values.rate ?? '20', 0),
    seconds: numberAbove('seconds', values.seconds ?? '30', 0),
    llmLatencyMs: wholeNumber('llm-latency-ms', values['llm-latency-ms'] ?? '200', { min: 0, max: 600_000 }),
    llmConcurrency:
      concurrency === undefined ? undefined : wholeNumber('llm-concurrency', concurrency, { min: 1, max: 2_000 }),
    separate: values.separate ?? false,
    limits: parseLimitsOptions(mode === 'limits' ? values : {}),
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
