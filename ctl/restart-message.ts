import { randomUUID } from 'node:crypto';
import type { Client } from '@temporalio/client';
import { encodeWorkflowIdConflictPolicy, encodeWorkflowIdReusePolicy } from '@temporalio/common';
import { RefusedError } from './command.ts';

/** gRPC status of a start that the reuse policy refuses. */
const ALREADY_EXISTS = 6;

/**
 * Starts a message again that ended without a result, exactly as it was started: its recorded input, memo, search
 * attributes, headers, priority and time limits are copied as bytes, so that no codec or schema stands between.
 * The workflow ID stays, so a run that ended with a result, or another operator's retry, is never doubled.
 * @returns the new run's ID.
 * @throws {RefusedError} when a later run is open or has ended with a result.
 */
export async function restartMessage(
  client: Client,
  { workflowId, runId }: { workflowId: string; runId: string },
): Promise<string> {
  const { started, userMetadata } = await readStart(client, { workflowId, runId });
  try {
    const response = await client.workflowService.startWorkflowExecution({
      namespace: client.options.namespace,
      workflowId,
      requestId: randomUUID(),
      identity: client.options.identity,
      workflowIdReusePolicy: encodeWorkflowIdReusePolicy('ALLOW_DUPLICATE_FAILED_ONLY') ?? null,
      workflowIdConflictPolicy: encodeWorkflowIdConflictPolicy('FAIL') ?? null,
      workflowType: started.workflowType ?? null,
      taskQueue: { name: started.taskQueue?.name ?? null },
      input: started.input ?? null,
      memo: started.memo ?? null,
      searchAttributes: started.searchAttributes ?? null,
      header: started.header ?? null,
      priority: started.priority ?? null,
      workflowExecutionTimeout: started.workflowExecutionTimeout ?? null,
      workflowRunTimeout: started.workflowRunTimeout ?? null,
      workflowTaskTimeout: started.workflowTaskTimeout ?? null,
      userMetadata,
    });
    return response.runId;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === ALREADY_EXISTS) {
      throw new RefusedError(`${workflowId} has a later run that is open or has ended with a result.`);
    }
    throw error;
  }
}

/** The first event of the history: what the run was started with. */
async function readStart(client: Client, execution: { workflowId: string; runId: string }) {
  const { history } = await client.workflowService.getWorkflowExecutionHistory({
    namespace: client.options.namespace,
    execution,
    maximumPageSize: 1,
  });
  const event = history?.events?.[0];
  const started = event?.workflowExecutionStartedEventAttributes;
  if (!started) throw new RefusedError(`${execution.workflowId} has no recorded start to repeat.`);
  return { started, userMetadata: event.userMetadata ?? null };
}
