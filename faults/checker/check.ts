import { checkAccounted } from './accounted.ts';
import type { Evidence } from './evidence.ts';
import { checkOffsets } from './offsets.ts';
import { checkPaidCalls } from './paid-calls.ts';
import { groupBy } from './records.ts';
import { checkAltered, checkDuplicates } from './repeats.ts';
import { problemOf, type Allowances, type Verdict } from './verdict.ts';

/** What every case ends in: the promises, held against what the outside knows. */
export function check(evidence: Evidence, allows: Allowances = {}): Verdict {
  const accounted = checkAccounted(evidence);
  const altered = checkAltered(evidence);
  const duplicates = checkDuplicates(evidence, allows);
  const paid = checkPaidCalls(evidence, allows);
  return {
    messages: evidence.sent.length,
    lost: accounted.count,
    altered: altered.count,
    duplicates: duplicates.count,
    calls: evidence.calls.length,
    llmCallsOverFaults: paid.count,
    problems: [
      ...[accounted, altered, duplicates, paid, checkOffsets(evidence)].flatMap(({ problems }) => problems),
      ...problemOf('a second workflow', secondWorkflows(evidence)),
      ...problemOf('still open', stillRunning(evidence)),
      ...problemOf('ended otherwise than it should', wrongEnds(evidence)),
      ...problemOf('partitions still paused by', evidence.pausedBridges),
      ...problemOf('the secret was found in', evidence.secretIn),
    ],
  };
}

function secondWorkflows({ runs }: Evidence): string[] {
  return [...groupBy(runs, ({ workflowId }) => workflowId)]
    .filter(([, ofOne]) => ofOne.length > 1)
    .map(([workflowId]) => workflowId);
}

function stillRunning({ runs }: Evidence): string[] {
  return runs.filter(({ status }) => status === 'RUNNING').map(({ workflowId }) => workflowId);
}

function wrongEnds({ processes }: Evidence): string[] {
  return processes
    .filter(({ expected, actual }) => expected !== actual)
    .map(({ name, expected, actual }) => `${name} (${String(actual)} instead of ${String(expected)})`);
}
