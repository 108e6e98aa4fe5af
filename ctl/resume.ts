import type { Command } from './command.ts';
import { setPaused } from './pause.ts';

export const resume: Command = {
  name: 'resume',
  summary: 'let calls out to a provider again',
  help: `ctl resume provider [NAME]

Takes ctl pause back. A breaker that is open stays open: it closes with the next probe that is answered.`,
  options: {},
  run: (args, context) => setPaused(args, false, context),
};
