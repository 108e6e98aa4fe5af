import { parseArgs } from 'node:util';
import { UsageError } from '../options.ts';

export interface SoakOptions {
  readonly minutes: number;
  readonly messagesPerSecond: number;
  readonly seed: number;
  /** Whether processes are killed, too. */
  readonly kills: boolean;
  /** Where the page goes. */
  readonly reportFile: string;
  readonly json: boolean;
  readonly help: boolean;
}

export const USAGE = `npm run test:soak -- [options]

  --minutes M   how long messages come in (default 10)
  --rate N      messages a second (default 10)
  --seed N      where the random numbers start (default 1)
  --no-kills    processes live as long as the soak does, so that the slope of their memory is one of an hour, not of minutes
  --report F    the page with the charts (default soak-report.html)
  --json        one object on stdout at the end, and nothing else there
`;

const OPTIONS = {
  minutes: { type: 'string', default: '10' },
  rate: { type: 'string', default: '10' },
  seed: { type: 'string', default: '1' },
  'no-kills': { type: 'boolean', default: false },
  report: { type: 'string', default: 'soak-report.html' },
  json: { type: 'boolean', default: false },
  help: { type: 'boolean', default: false },
} as const;

/** @throws {UsageError} */
export function parseSoakOptions(args: readonly string[]): SoakOptions {
  const values = parse(args);
  return {
    minutes: toNumber('minutes', values.minutes, { from: 1, to: 1_440 }),
    messagesPerSecond: toNumber('rate', values.rate, { from: 1, to: 500 }),
    seed: toNumber('seed', values.seed, { from: 0, to: 999_999_999 }),
    kills: !values['no-kills'],
    reportFile: values.report,
    json: values.json,
    help: values.help,
  };
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], options: OPTIONS }).values;
  } catch (error) {
    throw new UsageError(`${(error as Error).message.split('\n')[0] ?? ''}.\n\n${USAGE}`);
  }
}

function toNumber(name: string, text: string, { from, to }: { from: number; to: number }): number {
  const value = Number(text);
  if (Number.isInteger(value) && value >= from && value <= to) return value;
  throw new UsageError(`--${name} takes a whole number from ${String(from)} to ${String(to)}.`);
}
