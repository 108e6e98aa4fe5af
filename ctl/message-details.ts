import type { Client, WorkflowExecutionDescription } from '@temporalio/client';
import { describeFailure, pendingSteps, type PendingStep } from './pending-step.ts';
import { toRunSummary, type RunSummary } from './run-summary.ts';

/** Everything `show` tells about a message. */
export interface MessageDetails extends RunSummary {
  /** The workflow's own words on where the message is; null when it is closed or no worker answered. */
  readonly currentDetails: string | null;
  /** Set when the workflow could not be asked. */
  readonly detailsProblem: string | null;
  readonly pending: readonly PendingStep[];
  /** Why the run ended without a result. */
  readonly failure: string | null;
  readonly historyEvents: number;
  readonly taskQueue: string;
  readonly link: string;
}

/** A worker answers in milliseconds; without one the server would hold the query for its own ten seconds. */
const QUERY_TIMEOUT_MS = 3_000;

export async function readDetails(
  run: WorkflowExecutionDescription,
  { client, uiUrl }: { client: Client; uiUrl: string },
): Promise<MessageDetails> {
  const isOpen = run.status.name === 'RUNNING';
  const converter = client.options.loadedDataConverter;
  const current = isOpen ? await readCurrentDetails(client, run) : { text: null, problem: null };
  return {
    ...toRunSummary(run),
    currentDetails: current.text,
    detailsProblem: current.problem,
    // A terminated run still lists the activities it had.
    pending: isOpen ? await pendingSteps(run, { now: new Date(), converter }) : [],
    failure: isOpen || run.status.name === 'COMPLETED' ? null : await readFailure(client, run),
    historyEvents: run.historyLength,
    taskQueue: run.taskQueue,
    link: `${uiUrl}/namespaces/${client.options.namespace}/workflows/${encodeURIComponent(run.workflowId)}/${run.runId}/history`,
  };
}

/** Asks the workflow itself, by the query that the SDK answers for every workflow. */
async function readCurrentDetails(client: Client, { workflowId, runId }: WorkflowExecutionDescription) {
  const handle = client.workflow.getHandle(workflowId, runId);
  try {
    const metadata = await client.withDeadline(Date.now() + QUERY_TIMEOUT_MS, () =>
      handle.query<{ currentDetails?: string | null }>('__temporal_workflow_metadata'),
    );
    return { text: metadata.currentDetails ?? null, problem: null };
  } catch (error) {
    const detail = error instanceof Error ? error.message : String(error);
    return { text: null, problem: `no pipeline worker answered (${detail})` };
  }
}

/** The failure in the run's last event; a terminated run has the operator's reason instead. */
async function readFailure(
  client: Client,
  { workflowId, runId }: WorkflowExecutionDescription,
): Promise<string | null> {
  const converter = client.options.loadedDataConverter;
  const { history } = await client.workflowService.getWorkflowExecutionHistoryReverse({
    namespace: client.options.namespace,
    execution: { workflowId, runId },
    maximumPageSize: 1,
  });
  const event = history?.events?.[0];
  return (
    (await describeFailure(event?.workflowExecutionFailedEventAttributes?.failure, converter)) ??
    event?.workflowExecutionTerminatedEventAttributes?.reason ??
    null
  );
}
