import { parseArgs, type ParseArgsConfig } from 'node:util';
import { EXIT_CODES } from './errors.ts';

type Options = NonNullable<ParseArgsConfig['options']>;

/** How long `--allow-replay` holds: the guard looks once, and starting may have to wait for its turn. */
const REPLAY_ALLOWED_MS = 3_600_000;

export const ALLOW_REPLAY = { 'allow-replay': { type: 'boolean' } } as const satisfies Options;

/** The command line's options; one that is not known ends the process with one sentence and the code for configuration. */
export function readCommandLine<T extends Options>(options: T) {
  try {
    return parseArgs<{ options: T }>({ options }).values;
  } catch (error) {
    const known = Object.keys(options).map((name) => `--${name}`);
    const reason = error instanceof Error ? (error.message.split('. ')[0] ?? '') : String(error);
    process.stderr.write(`${reason}. Known options: ${known.join(', ')}\n`);
    process.exit(EXIT_CODES.configuration);
  }
}

/** `--allow-replay` as the variable that says the same. */
export function replayPermission(allowed: boolean | undefined): { ALLOW_REPLAY_UNTIL?: string } {
  return allowed === true ? { ALLOW_REPLAY_UNTIL: new Date(Date.now() + REPLAY_ALLOWED_MS).toISOString() } : {};
}
