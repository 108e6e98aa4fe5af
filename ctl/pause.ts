import { UsageError, type Command, type CommandArguments, type CommandContext } from './command.ts';
import { namedBudget, wish } from './provider-budget.ts';

export const pause: Command = {
  name: 'pause',
  summary: 'let no more calls out to a provider',
  help: `ctl pause provider [NAME]

Within a second no more calls go out; those under way end. Messages wait in Temporal, spending no attempt, until ctl resume
provider. A few that polls bring already wait in their worker, for a minute at a time.`,
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
