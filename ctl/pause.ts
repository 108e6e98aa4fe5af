import { UsageError, type Command, type CommandArguments, type CommandContext } from './command.ts';
import { namedBudget, wish } from './provider-budget.ts';

export const pause: Command = {
  name: 'pause',
  summary: 'let no more calls out to a provider',
  help: `ctl pause provider [NAME]

Within seconds the llm workers take no more messages: calls under way end, and a poll that waits already may bring one more.
Messages wait in Temporal, spending no attempt, until ctl resume provider.`,
  options: {},
  run: (args, context) => setPaused(args, true, context),
};

export async function setPaused(
  { positionals: [what, name, ...rest] }: CommandArguments,
  isPaused: boolean,
  { client, output }: CommandContext,
): Promise<boolean> {
  if (what !== 'provider' || rest.length > 0) throw new UsageError('It takes: provider [NAME].');
  const provider = await namedBudget(name, client);
  await wish(provider, { isPaused }, client);
  output.result(`${provider}: ${isPaused ? 'paused' : 'resumed'}.`);
  return true;
}
