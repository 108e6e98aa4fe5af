import { Client, type Connection } from '@temporalio/client';
import { waitUntil } from '../../dev/wait-until.ts';
import { ensureSearchAttributes } from '../../temporal/search-attributes.ts';

/** A namespace that no other case has: task queues have fixed names, and what a case leaves open must not meet the next one. */
export async function createNamespace(connection: Connection, namespace: string): Promise<Client> {
  const client = new Client({ connection, namespace });
  // The encoder takes a number; only its types ask for a Long.
  const retention = { seconds: 86_400 as unknown as never };
  await connection.workflowService.registerNamespace({ namespace, workflowExecutionRetentionPeriod: retention });
  // The server's parts learn of a new namespace one after the other; visibility is the last.
  await waitUntil(
    `the namespace ${namespace}`,
    async () => {
      await ensureSearchAttributes(client);
      await connection.workflowService.countWorkflowExecutions({ namespace, query: "PipelineState = 'none'" });
      return true;
    },
    { timeoutMs: 60_000 },
  );
  return client;
}

/** Workflows that go on for ever, such as the provider's budget, would keep the server busy during the next cases. */
export async function endOpenWorkflows(client: Client): Promise<void> {
  for await (const { workflowId } of client.workflow.list({ query: "ExecutionStatus = 'Running'" })) {
    await client.workflow
      .getHandle(workflowId)
      .terminate('the case is over')
      .catch(() => undefined);
  }
}
