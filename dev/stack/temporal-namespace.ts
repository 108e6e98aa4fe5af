import { Client, type Connection } from '@temporalio/client';
import { msToTs } from '@temporalio/common/lib/time.js';
import { ensureSearchAttributes } from '../../temporal/search-attributes.ts';
import { waitUntil } from '../wait-until.ts';

/** Makes a namespace with the pipeline's search attributes. Resolves with a client in it when all of the server's parts know it. */
export async function createNamespace(
  connection: Connection,
  namespace: string,
  { timeoutMs = 30_000 }: { readonly timeoutMs?: number } = {},
): Promise<Client> {
  const client = new Client({ connection, namespace });
  await connection.workflowService.registerNamespace({
    namespace,
    workflowExecutionRetentionPeriod: msToTs('1 day'),
  });
  // They learn of it one after the other; visibility is the last.
  await waitUntil(
    `the namespace ${namespace}`,
    async () => {
      await ensureSearchAttributes(client);
      await connection.workflowService.countWorkflowExecutions({ namespace, query: "PipelineState = 'none'" });
      return true;
    },
    { timeoutMs },
  );
  return client;
}
