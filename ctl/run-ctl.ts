import { parseArgs } from 'node:util';
import { EXIT_CODES } from '../lifecycle/errors.ts';
import { exitCodeOf } from '../lifecycle/run-process.ts';
import { DecryptionError } from '../temporal/encryption-codec.ts';
import { RefusedError, UsageError, type Command, type CommandArguments, type CommandContext } from './command.ts';
import { budgets } from './budgets.ts';
import { cancel } from './cancel.ts';
import { limits } from './limits.ts';
import { list } from './list.ts';
import { pause } from './pause.ts';
import { resume } from './resume.ts';
import { retry } from './retry.ts';
import { show } from './show.ts';

export const COMMANDS: readonly Command[] = [list, show, retry, cancel, limits, pause, resume, budgets];

export const EXIT = { done: 0, refused: 1, usage: 64 } as const;

/** What the command line asks for: a text to print, or a command to run with its arguments. */
export type Invocation =
  | { readonly kind: 'help'; readonly text: string }
  | { readonly kind: 'command'; readonly command: Command; readonly args: CommandArguments };

/** @throws {UsageError} */
export function parseInvocation(argv: readonly string[]): Invocation {
  const [name, ...rest] = argv;
  if (name === undefined || name === '--help' || name === '-h' || name === 'help') {
    return { kind: 'help', text: overview() };
  }
  const command = COMMANDS.find((candidate) => candidate.name === name);
  if (command === undefined) {
    throw new UsageError(`There is no command "${name}": ${COMMANDS.map((known) => known.name).join(', ')}.`);
  }
  const args = parseCommandArgs(command, rest);
  return args.values['help'] === true ? { kind: 'help', text: command.help } : { kind: 'command', command, args };
}

/** @returns the exit code; errors of the outside world are the caller's. */
export async function runCommand(
  { command, args }: { command: Command; args: CommandArguments },
  context: CommandContext,
): Promise<number> {
  return (await command.run(args, context)) ? EXIT.done : EXIT.refused;
}

export function exitCodeFor(error: unknown): number {
  if (error instanceof UsageError) return EXIT.usage;
  if (error instanceof RefusedError) return EXIT.refused;
  // The key is not here, or not the right one.
  if (error instanceof DecryptionError) return EXIT_CODES.configuration;
  return exitCodeOf(error);
}

function parseCommandArgs(command: Command, argv: readonly string[]): CommandArguments {
  try {
    return parseArgs({
      args: [...argv],
      options: { ...command.options, help: { type: 'boolean', short: 'h' } },
      allowPositionals: true,
      strict: true,
    });
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new UsageError(`${command.name}: ${reason.split('. ')[0] ?? reason}.`);
  }
}

function overview(): string {
  return `npm run ctl -- COMMAND [ID…] [options]

${COMMANDS.map(({ name, summary }) => `  ${name.padEnd(8)}${summary}`).join('\n')}

ctl COMMAND --help says more. Temporal is found by TEMPORAL_ADDRESS, TEMPORAL_NAMESPACE and the other
variables and profile of its own tools; the topics by KAFKA_INPUT_TOPICS.
Exit codes: 0 done, 1 something was refused or not found, 64 usage, 70 anything else,
75 Temporal does not answer, 78 configuration, also a payload key that is missing.`;
}
