import { createInterface } from 'node:readline/promises';
import { connectOperator } from './connect.ts';
import { loadOperatorConfig } from './operator-config.ts';
import { createOutput } from './output.ts';
import { EXIT, exitCodeFor, parseInvocation, runCommand } from './run-ctl.ts';

/** `npm run ctl -- …`: parses, connects, runs one command. Sets the exit code rather than exiting: a pipe may still be written. */
const output = createOutput(process.stdout, process.stderr);
try {
  process.exitCode = await ctl(process.argv.slice(2));
} catch (error) {
  output.note(describeError(error));
  process.exitCode = exitCodeFor(error);
}

async function ctl(argv: readonly string[]): Promise<number> {
  const invocation = parseInvocation(argv);
  if (invocation.kind === 'help') {
    output.result(invocation.text);
    return EXIT.done;
  }
  const { temporal, inputTopics, uiUrl } = loadOperatorConfig(process.env);
  const client = await connectOperator(temporal);
  try {
    return await runCommand(invocation, { client, inputTopics, uiUrl, output, confirm });
  } finally {
    await client.connection.close();
  }
}

/** Asks on stderr, so that a piped stdout stays clean. Without a terminal nobody can answer, so the answer is no. */
async function confirm(question: string): Promise<boolean> {
  if (!process.stdin.isTTY) return false;
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return /^y(es)?$/i.test((await terminal.question(`${question} [y/N] `)).trim());
  } finally {
    terminal.close();
  }
}

/** The SDK's "Failed to list workflows" keeps what the server said (a misspelt query, for example) in its cause. */
function describeError(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { cause } = error;
  const said = cause instanceof Error && 'details' in cause ? String(cause.details) : '';
  return said === '' || error.message.includes(said) ? error.message : `${error.message}: ${said}`;
}
