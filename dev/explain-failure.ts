import { inspect } from 'node:util';
import { ConfigurationError, EXIT_CODES } from '../lifecycle/errors.ts';
import { StackError } from './stack/tools.ts';
import { UsageError } from './usage-error.ts';

/** sysexits.h: the command was used wrongly. */
const USAGE_EXIT = 64;
const FAILED_EXIT = 1;

/** What a program says at its end. What is expected to go wrong has a text for people; anything else is a defect, whose stack somebody needs. */
export function explainFailure(error: unknown): { text: string; exitCode: number } {
  if (error instanceof UsageError) return { text: error.message, exitCode: USAGE_EXIT };
  if (error instanceof ConfigurationError) return { text: error.message, exitCode: EXIT_CODES.configuration };
  return { text: error instanceof StackError ? error.message : inspect(error), exitCode: FAILED_EXIT };
}
