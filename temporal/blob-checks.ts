import type { temporal } from '@temporalio/proto';
import type { BlobStore } from '../blobs/blob-store.ts';
import type { BlobStoreConfig } from '../config/blob-store.ts';
import { ConfigurationError, DependencyUnavailableError } from '../lifecycle/errors.ts';

type Namespace = Pick<temporal.api.workflowservice.v1.IDescribeNamespaceResponse, 'config'>;

const MS_PER_DAY = 86_400_000;

/**
 * A run that can be looked at, or started again, has to have its payloads.
 * @throws {ConfigurationError}
 */
export function assertBlobsOutliveRuns({ config }: Namespace, { expiryMs }: Pick<BlobStoreConfig, 'expiryMs'>): void {
  const retentionMs = Number(config?.workflowExecutionRetentionTtl?.seconds ?? 0) * 1_000;
  if (expiryMs > retentionMs) return;
  const days = (ms: number) => String(Math.round((ms / MS_PER_DAY) * 10) / 10);
  throw new ConfigurationError(
    `BLOB_EXPIRY: must be longer than the namespace keeps closed runs: it is ${days(expiryMs)} days, the retention ${days(retentionMs)}`,
  );
}

/** @throws {DependencyUnavailableError} */
export async function assertBlobStoreAnswers(blobs: BlobStore): Promise<void> {
  try {
    await blobs.check();
  } catch (cause) {
    throw new DependencyUnavailableError(`${cause instanceof Error ? cause.message : String(cause)} (BLOB_STORE_URL)`, {
      cause,
    });
  }
}
