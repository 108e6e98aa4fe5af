import { flagOption, UsageError, type Command } from './command.ts';
import { readDetails, type MessageDetails } from './message-details.ts';
import { findMessage } from './message-reference.ts';
import type { PendingStep } from './pending-step.ts';
import { formatDuration, formatPairs } from './table.ts';

export const show: Command = {
  name: 'show',
  summary: 'where one message stands, its last failure, and its link in the Temporal UI',
  help: `ctl show ID [--json]

ID is a message id (looked up on every topic of KAFKA_INPUT_TOPICS) or a workflow id
(message:<topic>:<id>, record:<topic>:<partition>:<offset>).

The link uses TEMPORAL_UI_URL, or else port 8233 on the host of TEMPORAL_ADDRESS.`,
  options: { json: { type: 'boolean' } },
  async run(args, context) {
    const [reference, ...rest] = args.positionals;
    if (reference === undefined || rest.length > 0) throw new UsageError('show takes one ID.');
    const details = await readDetails(await findMessage(reference, context), context);
    context.output.result(flagOption(args, 'json') ? JSON.stringify(details, null, 2) : toText(details, new Date()));
    return true;
  },
};

export function toText(details: MessageDetails, now: Date): string {
  const started = Date.parse(details.startTime);
  const ended = details.closeTime === null ? undefined : Date.parse(details.closeTime);
  return formatPairs([
    ['workflow id', details.workflowId],
    ['run id', details.runId],
    ['state', details.state],
    ['stands at', details.currentDetails ?? details.detailsProblem ?? undefined],
    ...details.pending.map((step) => [step.activity, describeStep(step, now)] as const),
    ['last failure', details.pending.find((step) => step.lastFailure !== null)?.lastFailure ?? undefined],
    ['failure', details.failure ?? undefined],
    ['failure type', details.failureType ?? undefined],
    ['type', details.type ?? undefined],
    ['tenant', details.tenant ?? undefined],
    ['key', details.key ?? undefined],
    ['started', `${details.startTime} (${formatDuration(now.getTime() - started)} ago)`],
    ['ended', ended === undefined ? undefined : `${details.closeTime ?? ''} (took ${formatDuration(ended - started)})`],
    ['events', String(details.historyEvents)],
    ['link', details.link],
  ]);
}

function describeStep({ state, attempt, nextAttemptTime }: PendingStep, now: Date): string {
  const base = `${state}, attempt ${String(attempt)}`;
  if (state !== 'waiting to retry' || nextAttemptTime === null) return base;
  return `${base} in ${formatDuration(Date.parse(nextAttemptTime) - now.getTime())} (${nextAttemptTime})`;
}
