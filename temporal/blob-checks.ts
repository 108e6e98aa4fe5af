import type { BlobStore } from '../blobs/blob-store.ts';
import { ConfigurationError, DependencyUnavailableError } from '../lifecycle/errors.ts';

const MS_PER_DAY = 86_400_000;
const SHORTEST_DEFAULT_MS = 30 * MS_PER_DAY;
/** A message may be open for some days before its run closes and its retention begins. */
const DEFAULT_BEYOND_RETENTION_MS = 7 * MS_PER_DAY;
/** Reading renews a blob only when its age is a day. */
const LEAST_BEYOND_RETENTION_MS = MS_PER_DAY;

/**
 * How long blobs are kept that nobody uses, in milliseconds: a run that can be looked at, or started again, has to have its payloads.
 * @param configuredMs `undefined`: not set.
 * @throws {ConfigurationError}
 */
export function blobExpiry({
  configuredMs,
  retentionMs,
}: {
  configuredMs: number | undefined;
  retentionMs: number;
}): number {
  if (configuredMs === undefined) return Math.max(SHORTEST_DEFAULT_MS, retentionMs + DEFAULT_BEYOND_RETENTION_MS);
  if (configuredMs >= retentionMs + LEAST_BEYOND_RETENTION_MS) return configuredMs;
  const days = (ms: number) => String(Math.round((ms / MS_PER_DAY) * 10) / 10);
  throw new ConfigurationError(
    `BLOB_EXPIRY: must be a day longer than the namespace keeps closed runs: it is ${days(configuredMs)} days, the retention ${days(retentionMs)}`,
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
