import { randomBytes } from 'node:crypto';
import { Client, Connection } from '@temporalio/client';
import { msToTs } from '@temporalio/common/lib/time.js';
import { ensureSearchAttributes } from '../../temporal/search-attributes.ts';
import { testStack } from './stack.ts';
import { waitUntil } from './wait-until.ts';

/** A Temporal namespace that no other test has: there the fixed names of the task queues meet no other test's. */
export async function createTestNamespace(prefix = 'test'): Promise<string> {
  const namespace = `${prefix}-${randomBytes(4).toString('hex')}`;
  const connection = await Connection.connect({ address: testStack().temporalAddress });
  try {
    await connection.workflowService.registerNamespace({
      namespace,
      workflowExecutionRetentionPeriod: msToTs('1 day'),
    });
    // The server's parts learn of a new namespace one after the other; visibility is the last.
    await waitUntil(
      `the namespace ${namespace}`,
      async () => {
        await ensureSearchAttributes(new Client({ connection, namespace }));
        const query = "PipelineState = 'none'";
        await connection.workflowService.countWorkflowExecutions({ namespace, query });
        return true;
      },
      { timeoutMs: 30_000 },
    );
    return namespace;
  } finally {
    await connection.close();
  }
}
