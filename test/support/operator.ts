import type { Client } from '@temporalio/client';
import type { CommandContext } from '../../ctl/command.ts';
import { parseInvocation, runCommand } from '../../ctl/run-ctl.ts';

/** What an operator's command printed, and whether it did all that it was asked for. */
export interface CommandOutcome {
  readonly ok: boolean;
  readonly results: readonly string[];
  readonly notes: readonly string[];
}

/** Runs `ctl` commands as the command line would, with nobody there to confirm. */
export function createOperator({ client, inputTopics }: { client: Client; inputTopics: readonly string[] }) {
  return async (...argv: string[]): Promise<CommandOutcome> => {
    const results: string[] = [];
    const notes: string[] = [];
    const output = {
      result: (text: string) => results.push(text),
      note: (text: string) => notes.push(text),
      progress: () => undefined,
    };
    const confirm = () => Promise.resolve(false);
    const context: CommandContext = { client, inputTopics, uiUrl: 'http://ui', output, confirm };
    const invocation = parseInvocation(argv);
    if (invocation.kind !== 'command') throw new Error('help');
    return { ok: (await runCommand(invocation, context)) === 0, results, notes };
  };
}
