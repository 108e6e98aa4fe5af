import type { Client } from '@temporalio/client';
import type { Output } from './output.ts';

/** What every command works with; only entries build one. */
export interface CommandContext {
  readonly client: Client;
  /** Where a bare message id is looked up. */
  readonly inputTopics: readonly string[];
  /** Base address of Temporal's Web UI, without a slash at the end. */
  readonly uiUrl: string;
  readonly output: Output;
  /** Asks a person; `false` when there is nobody to ask. */
  readonly confirm: (question: string) => Promise<boolean>;
}

export interface CommandArguments {
  readonly positionals: readonly string[];
  readonly values: Readonly<Record<string, string | boolean | undefined>>;
}

/** One operator command: thin over what Temporal offers, with the pipeline's names for things. */
export interface Command {
  readonly name: string;
  /** One line for the overview. */
  readonly summary: string;
  /** What `ctl <name> --help` prints. */
  readonly help: string;
  readonly options: Readonly<Record<string, { readonly type: 'string' | 'boolean' }>>;
  /**
   * @returns `false` when something was refused or not found, which becomes exit code 1.
   * @throws {UsageError} when the arguments make no sense, {RefusedError} with one sentence that says why not.
   */
  run(args: CommandArguments, context: CommandContext): Promise<boolean>;
}

/** The arguments are wrong: exit code 64 (sysexits.h: usage). */
export class UsageError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'UsageError';
  }
}

/** Understood, but not possible: not found, or the wrong state for it. Exit code 1. */
export class RefusedError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'RefusedError';
  }
}

/** The value of `--name`, when it was given one. */
export function textOption(args: CommandArguments, name: string): string | undefined {
  const value = args.values[name];
  return typeof value === 'string' ? value : undefined;
}

export function flagOption(args: CommandArguments, name: string): boolean {
  return args.values[name] === true;
}
