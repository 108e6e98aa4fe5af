import type { Client } from '@temporalio/client';
import protocol from '@temporalio/proto';

const { WorkflowExecutionStatus } = protocol.temporal.api.enums.v1;

export interface ListedWorkflow {
  readonly workflowId: string;
  /** Such as `COMPLETED`. */
  readonly status: string;
  /** Milliseconds since the epoch. */
  readonly startedAt: number;
}

/** The client's own list decodes memos, and fails for those that are encrypted. */
export async function* listWorkflows(client: Client, query: string): AsyncGenerator<ListedWorkflow> {
  const { namespace } = client.options;
  let nextPageToken: Uint8Array = new Uint8Array();
  do {
    const page = await client.workflowService.listWorkflowExecutions({ namespace, query, nextPageToken });
    for (const { execution, status, startTime } of page.executions) {
      yield {
        workflowId: execution?.workflowId ?? '',
        status: WorkflowExecutionStatus[status ?? 0]?.replace('WORKFLOW_EXECUTION_STATUS_', '') ?? '',
        startedAt: Number(startTime?.seconds ?? 0) * 1_000 + (startTime?.nanos ?? 0) / 1e6,
      };
    }
    nextPageToken = page.nextPageToken;
  } while (nextPageToken.length > 0);
}
