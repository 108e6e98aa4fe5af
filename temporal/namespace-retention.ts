import type { temporal } from '@temporalio/proto';
import { optionalTsToMs } from '@temporalio/common/lib/time.js';
import { DependencyUnavailableError } from '../lifecycle/errors.ts';

type Description = Pick<temporal.api.workflowservice.v1.IDescribeNamespaceResponse, 'config'>;

/**
 * How long a namespace knows a workflow after its end, in milliseconds.
 * @throws {DependencyUnavailableError} when Temporal does not tell.
 */
export function retentionOf({ config }: Description, namespace: string): number {
  const retentionMs = optionalTsToMs(config?.workflowExecutionRetentionTtl);
  if (retentionMs === undefined) {
    throw new DependencyUnavailableError(`Temporal does not tell the retention of the namespace "${namespace}"`);
  }
  return retentionMs;
}
