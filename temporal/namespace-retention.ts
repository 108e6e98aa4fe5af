import type { Client } from '@temporalio/client';
import { optionalTsToMs } from '@temporalio/common/lib/time.js';
import { DependencyUnavailableError } from '../lifecycle/errors.ts';

const ASK_TIMEOUT_MS = 10_000;

/**
 * How long the client's namespace knows a workflow after its end, in milliseconds.
 * @throws {DependencyUnavailableError} when Temporal does not say.
 */
export async function readNamespaceRetention(client: Client): Promise<number> {
  const { namespace } = client.options;
  const describe = () => client.workflowService.describeNamespace({ namespace });
  const description = await client.withDeadline(Date.now() + ASK_TIMEOUT_MS, describe).catch((cause: unknown) => {
    throw new DependencyUnavailableError(`Temporal does not describe the namespace "${namespace}"`, { cause });
  });
  const retentionMs = optionalTsToMs(description.config?.workflowExecutionRetentionTtl);
  if (retentionMs === undefined) {
    throw new DependencyUnavailableError(`Temporal does not tell the retention of the namespace "${namespace}"`);
  }
  return retentionMs;
}
