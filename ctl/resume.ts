import { UsageError, type Command, type CommandArguments, type CommandContext } from './command.ts';
import { setPaused } from './pause.ts';
import { resumeMessages, resumeTenant } from './resume-parked.ts';

export const resume: Command = {
  name: 'resume',
  summary: 'let go on what is paused (a provider) or parked by a budget (messages, a tenant)',
  help: `ctl resume provider [NAME] | ctl resume message ID… | ctl resume message --query Q [--yes] | ctl resume tenant NAME

  provider  takes ctl pause back. A breaker that is open stays open: it closes with the next probe that is answered
  message   these messages go on now, and no budget holds for them any more
  tenant    no budget holds for this tenant until the day ends, the total one neither;
            all its parked messages go on now

  --query Q   every parked message that matches a Temporal list filter, for example 'Tenant = "acme"'
  --yes       do not ask before resuming what --query found`,
  options: { query: { type: 'string' }, yes: { type: 'boolean' } },
  async run({ positionals: [target, ...names], values }, context) {
    const handle = target === undefined ? undefined : TARGETS[target];
    if (handle === undefined) throw new UsageError(`resume takes one of ${Object.keys(TARGETS).join(', ')}.`);
    return handle({ positionals: names, values }, context);
  },
};

const TARGETS: Readonly<Record<string, (args: CommandArguments, context: CommandContext) => Promise<boolean>>> = {
  provider: ({ positionals, values }, context) =>
    setPaused({ positionals: ['provider', ...positionals], values }, false, context),
  message: resumeMessages,
  tenant: resumeTenant,
};
