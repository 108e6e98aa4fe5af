import { flagOption, textOption, UsageError, type Command, type CommandArguments } from './command.ts';
import { toRunSummary, type RunSummary } from './run-summary.ts';
import { formatDuration, formatTable } from './table.ts';
import { parseAge, PIPELINE_STATES, RUN_STATES, toVisibilityQuery, type MessageFilter } from './visibility-query.ts';

const DEFAULT_LIMIT = 20;
const MAX_LIMIT = 100_000;

export const list: Command = {
  name: 'list',
  summary: 'messages by type, tenant, state, failure and age',
  help: `ctl list [filters] [--limit N] [--json]

Newest first. Without a filter on state or failure: the open ones.

  --open | --failed | --all   open; ended without a result; every one
  --type T                    message type, for example summarize
  --tenant T
  --state S                   ${RUN_STATES.join(', ')},
                              ${PIPELINE_STATES.join(', ')}
  --failure F                 failure type, for example Message.Invalid
  --older-than AGE            started longer ago than 90s, 10m, 2h, 7d
  --limit N                   at most so many (default ${String(DEFAULT_LIMIT)})
  --json                      an array of objects

What Temporal knows by search lags by up to a second or two.`,
  options: {
    type: { type: 'string' },
    tenant: { type: 'string' },
    state: { type: 'string' },
    failure: { type: 'string' },
    'older-than': { type: 'string' },
    open: { type: 'boolean' },
    failed: { type: 'boolean' },
    all: { type: 'boolean' },
    limit: { type: 'string' },
    json: { type: 'boolean' },
  },
  async run(args, { client, output }) {
    if (args.positionals.length > 0) throw new UsageError('list takes no ids; use "ctl show ID" for one message.');
    const limit = limitOf(args);
    const query = toVisibilityQuery(filterOf(args), new Date());
    const runs: RunSummary[] = [];
    let more = false;
    for await (const run of client.workflow.list({ query, pageSize: Math.min(limit + 1, 500) })) {
      if (runs.length === limit) {
        more = true;
        break;
      }
      runs.push(toRunSummary(run));
    }
    output.result(flagOption(args, 'json') ? JSON.stringify(runs, null, 2) : toTable(runs, new Date()));
    if (more) {
      const { count } = await client.workflow.count(query);
      output.note(`${String(runs.length)} of ${String(count)} shown: --limit N shows more.`);
    }
    return true;
  },
};

export function toTable(runs: readonly RunSummary[], now: Date): string {
  if (runs.length === 0) return 'No such messages.';
  return formatTable(
    ['WORKFLOW ID', 'TYPE', 'TENANT', 'STATE', 'FAILURE', 'STARTED', 'AGE', 'TOOK'],
    runs.map((run) => {
      const started = Date.parse(run.startTime);
      return [
        run.workflowId,
        run.type ?? '-',
        run.tenant ?? '-',
        run.state,
        run.failureType ?? '-',
        `${run.startTime.slice(0, 19)}Z`,
        formatDuration(now.getTime() - started),
        run.closeTime === null ? '-' : formatDuration(Date.parse(run.closeTime) - started),
      ];
    }),
  );
}

function filterOf(args: CommandArguments): MessageFilter {
  const age = textOption(args, 'older-than');
  const state = textOption(args, 'state');
  const failure = textOption(args, 'failure');
  const chosen = (['open', 'failed', 'all'] as const).filter((status) => flagOption(args, status));
  if (chosen.length > 1) throw new UsageError('Give one of --open, --failed and --all.');
  return {
    type: textOption(args, 'type'),
    tenant: textOption(args, 'tenant'),
    state,
    failure,
    olderThanMs: age === undefined ? undefined : parseAge(age),
    status: chosen[0] ?? (state === undefined && failure === undefined ? 'open' : 'all'),
  };
}

function limitOf(args: CommandArguments): number {
  const text = textOption(args, 'limit') ?? String(DEFAULT_LIMIT);
  const limit = Number(text);
  if (!/^\d+$/.test(text) || limit < 1 || limit > MAX_LIMIT) {
    throw new UsageError(`--limit must be a whole number from 1 to ${String(MAX_LIMIT)}.`);
  }
  return limit;
}
