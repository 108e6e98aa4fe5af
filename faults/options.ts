import { parseArgs, type ParseArgsConfig } from 'node:util';
import type { Tier } from './case.ts';

export interface FaultOptions {
  /** Cases of this tier and of those below it. */
  readonly tier: Tier;
  /** One round for each. */
  readonly seeds: readonly number[];
  /** Cases whose name starts with one of these; none: all of the tier. */
  readonly only: readonly string[];
  /** How many cases at a time, each on servers of its own. */
  readonly jobs: number;
  readonly list: boolean;
  readonly json: boolean;
  /** Where the object goes that `json` prints. */
  readonly reportFile: string | undefined;
  readonly help: boolean;
}

/** One sentence on what is wrong with the command line. */
export class UsageError extends Error {}

const OPTIONS = {
  tier: { type: 'string' },
  seed: { type: 'string', multiple: true },
  only: { type: 'string', multiple: true },
  jobs: { type: 'string', default: '1' },
  list: { type: 'boolean', default: false },
  json: { type: 'boolean', default: false },
  report: { type: 'string' },
  help: { type: 'boolean', default: false },
} as const satisfies ParseArgsConfig['options'];

const TIERS: readonly Tier[] = [1, 2, 3];

export const USAGE = `npm run test:faults -- [options]

  --tier N      1: what every change runs, below eight minutes (default); 2: also the rest of the matrix; 3: also the long cases
  --seed N      where the random numbers start; may be repeated: one round for each (default 1)
  --only NAME   cases whose name starts so, of any tier; may be repeated
  --jobs N      so many cases at a time, each on servers of its own; a core or two for each (default 1)
  --list        names the cases and runs none
  --json        one object on stdout at the end, and nothing else there
  --report F    the same object into a file
`;

/** @throws {UsageError} */
export function parseFaultOptions(args: readonly string[]): FaultOptions {
  const values = parse(args);
  const only = values.only ?? [];
  const tier = values.tier ?? (only.length > 0 ? '3' : '1');
  const known = TIERS.find((one) => String(one) === tier);
  if (known === undefined) throw new UsageError('--tier takes 1, 2 or 3.');
  return {
    tier: known,
    seeds: (values.seed ?? ['1']).map(toSeed),
    only,
    jobs: toJobs(values.jobs),
    list: values.list,
    json: values.json,
    reportFile: values.report,
    help: values.help,
  };
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], options: OPTIONS }).values;
  } catch (error) {
    const known = Object.keys(OPTIONS).map((name) => `--${name}`);
    throw new UsageError(`${(error as Error).message.split('\n')[0] ?? ''}. Known options: ${known.join(', ')}.`);
  }
}

function toSeed(text: string): number {
  const seed = Number(text);
  if (!/^\d{1,9}$/.test(text)) throw new UsageError('--seed takes a whole number of at most nine digits.');
  return seed;
}

function toJobs(text: string): number {
  const jobs = Number(text);
  if (!/^[1-9]\d?$/.test(text)) throw new UsageError('--jobs takes a whole number from 1 to 99.');
  return jobs;
}
