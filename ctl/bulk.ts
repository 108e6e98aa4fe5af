import {
  isGrpcServiceError,
  WorkflowNotFoundError,
  type WorkflowExecutionDescription,
  type WorkflowExecutionInfo,
} from '@temporalio/client';
import {
  flagOption,
  RefusedError,
  textOption,
  UsageError,
  type CommandArguments,
  type CommandContext,
} from './command.ts';
import { findMessage } from './message-reference.ts';
import { restrictQuery } from './visibility-query.ts';

/** Something done to one message after another. */
export interface BulkAction {
  readonly verb: 'retry' | 'cancel' | 'resume';
  readonly actsOn: 'open' | 'open or failed';
  /**
   * @returns one line that says what was done.
   * @throws {RefusedError}
   */
  act(run: WorkflowExecutionDescription, context: CommandContext): Promise<string>;
}

interface Done {
  readonly kind: 'done';
  readonly line: string;
}
interface Refused {
  readonly kind: 'refused';
  readonly line: string;
}
/** Of one message. `left alone`: it is not what the query found any more, which is no refusal. */
type Outcome = Done | Refused | { readonly kind: 'left alone' };

/** Enough to be done with 10,000 messages in minutes, and little beside what the server does anyway. */
const CONCURRENCY = 10;
/** Refusals printed one by one; the rest is counted. */
const MAX_SHOWN_REFUSALS = 20;

/** Does it to the messages named, or to all that `--query` finds, after asking. */
export async function runOnMessages(
  action: BulkAction,
  args: CommandArguments,
  context: CommandContext,
): Promise<boolean> {
  const query = textOption(args, 'query');
  if ((query === undefined) === (args.positionals.length === 0)) {
    throw new UsageError(`${action.verb} takes IDs or --query, one of the two.`);
  }
  if (query !== undefined) return runOnQuery(action, { query, yes: flagOption(args, 'yes') }, context);
  let refused = 0;
  for (const reference of args.positionals) {
    const outcome = await attempt(async () => done(await action.act(await findMessage(reference, context), context)));
    if (outcome.kind === 'done') context.output.result(outcome.line);
    else {
      refused += 1;
      context.output.note(outcome.line);
    }
  }
  return refused === 0;
}

async function runOnQuery(
  action: BulkAction,
  { query, yes }: { query: string; yes: boolean },
  context: CommandContext,
): Promise<boolean> {
  const { client, output } = context;
  const runs = await newestRuns(restrictQuery(query, action.actsOn), context);
  if (runs.length === 0) {
    output.note(`No ${action.actsOn} message matches.`);
    return true;
  }
  if (!yes && !(await context.confirm(`${action.verb} ${String(runs.length)} message(s)?`))) {
    throw new RefusedError(`${String(runs.length)} message(s) match; nothing was done. Confirm, or give --yes.`);
  }
  const outcomes: Outcome[] = [];
  const next = runs.values();
  const work = async () => {
    for (const { workflowId, runId } of next) {
      outcomes.push(
        await attempt(async (): Promise<Outcome> => {
          const run = await client.workflow.getHandle(workflowId).describe();
          if (run.runId === runId) return done(await action.act(run, context));
          if (action.actsOn === 'open') throw new RefusedError(`${workflowId} has a later run: ${run.runId}.`);
          // Retried since, or ended in another way: the query says nothing of it as it is now.
          return { kind: 'left alone' };
        }),
      );
      output.progress(`${action.verb}: ${String(outcomes.length)} of ${String(runs.length)}`);
    }
  };
  await Promise.all(Array.from({ length: CONCURRENCY }, work));
  return report(action.verb, outcomes, output);
}

/** @returns whether none was refused. */
function report(verb: BulkAction['verb'], outcomes: readonly Outcome[], output: CommandContext['output']): boolean {
  const refusals = outcomes.filter((outcome) => outcome.kind === 'refused');
  refusals.slice(0, MAX_SHOWN_REFUSALS).forEach(({ line }) => {
    output.note(line);
  });
  const doneCount = outcomes.filter(({ kind }) => kind === 'done').length;
  const leftAlone = outcomes.filter(({ kind }) => kind === 'left alone').length;
  output.result(
    `${verb}: ${String(doneCount)} done, ${String(refusals.length)} refused, of ${String(outcomes.length)}` +
      (leftAlone > 0 ? `; ${String(leftAlone)} left alone, whose later run does not match` : ''),
  );
  return refusals.length === 0;
}

/**
 * All of them first: acting on a run moves it out of the pages that are still to come. One run of each message, because a retried one
 * is found by the runs before, too.
 */
async function newestRuns(query: string, { client, output }: CommandContext) {
  const newest = new Map<string, Pick<WorkflowExecutionInfo, 'workflowId' | 'runId' | 'startTime'>>();
  for await (const { workflowId, runId, startTime } of client.workflow.list({ query, pageSize: 1_000 })) {
    const other = newest.get(workflowId);
    if (other === undefined || other.startTime < startTime) newest.set(workflowId, { workflowId, runId, startTime });
    if (newest.size % 1_000 === 0) output.progress(`found ${String(newest.size)}`);
  }
  return [...newest.values()];
}

/** One message that is refused must not end the work on the others. */
async function attempt<T extends Outcome>(act: () => Promise<T>): Promise<T | Refused> {
  try {
    return await act();
  } catch (error) {
    if (error instanceof RefusedError) return refused(error.message);
    if (error instanceof WorkflowNotFoundError) return refused(`${error.workflowId} has ended meanwhile.`);
    if (isGone(error)) return refused('A run ended meanwhile, or its step did.');
    throw error;
  }
}

const done = (line: string): Done => ({ kind: 'done', line });
const refused = (line: string): Refused => ({ kind: 'refused', line });

const GRPC_NOT_FOUND = 5;

/** The raw service's word for what ended between the look and the deed. */
function isGone(error: unknown): boolean {
  const code: number | undefined = isGrpcServiceError(error) ? error.code : undefined;
  return code === GRPC_NOT_FOUND;
}
