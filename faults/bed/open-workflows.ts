import type { Client } from '@temporalio/client';
import { listWorkflows } from './list-workflows.ts';

/** Workflows that go on for ever, such as the provider's budget, would keep the server busy during the next cases. */
export async function endOpenWorkflows(client: Client): Promise<void> {
  for await (const { workflowId } of listWorkflows(client, "ExecutionStatus = 'Running'")) {
    await client.workflow
      .getHandle(workflowId)
      .terminate('the case is over')
      .catch(() => undefined);
  }
}

/** How many messages have a workflow that has not ended, as visibility knows it. */
export async function countOpenMessages(client: Client): Promise<number> {
  const { count } = await client.workflow.count("WorkflowType = 'processMessage' AND ExecutionStatus = 'Running'");
  return count;
}
