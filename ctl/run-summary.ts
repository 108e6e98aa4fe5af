import type { WorkflowExecutionInfo } from '@temporalio/client';
import { SEARCH_ATTRIBUTES } from '../contracts/search-attributes.ts';

/** A message's run as programs get it (`--json`). Times are ISO 8601 in UTC; absent values are null. */
export interface RunSummary {
  readonly workflowId: string;
  readonly runId: string;
  readonly state: string;
  readonly type: string | null;
  readonly tenant: string | null;
  readonly key: string | null;
  readonly failureType: string | null;
  readonly startTime: string;
  readonly closeTime: string | null;
}

export type ListedRun = Pick<
  WorkflowExecutionInfo,
  'workflowId' | 'runId' | 'status' | 'startTime' | 'closeTime' | 'typedSearchAttributes'
>;

export function toRunSummary(run: ListedRun): RunSummary {
  const attributes = run.typedSearchAttributes;
  return {
    workflowId: run.workflowId,
    runId: run.runId,
    state: stateOf(run),
    type: attributes.get(SEARCH_ATTRIBUTES.messageType) ?? null,
    tenant: attributes.get(SEARCH_ATTRIBUTES.tenant) ?? null,
    key: attributes.get(SEARCH_ATTRIBUTES.messageKey) ?? null,
    failureType: attributes.get(SEARCH_ATTRIBUTES.failureType) ?? null,
    startTime: run.startTime.toISOString(),
    closeTime: run.closeTime?.toISOString() ?? null,
  };
}

/**
 * The state in the words that `list --state` takes. The workflow's own word is the finer one, but only where the workflow
 * had the last one: it writes none for a result (that would cost an event), and a terminated run could not.
 */
export function stateOf({
  status,
  typedSearchAttributes,
}: Pick<ListedRun, 'status' | 'typedSearchAttributes'>): string {
  const own = typedSearchAttributes.get(SEARCH_ATTRIBUTES.pipelineState);
  const fromStatus = status.name === 'RUNNING' ? 'open' : status.name.toLowerCase().replaceAll('_', '-');
  return ['RUNNING', 'FAILED', 'CANCELLED'].includes(status.name) ? (own ?? fromStatus) : fromStatus;
}
