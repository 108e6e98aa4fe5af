import { homedir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { z } from 'zod';

/** Where what is too large for Temporal is kept. */
export interface BlobStoreConfig {
  /** `file:///folder`, or `s3://bucket/prefix`. */
  readonly url: URL;
  /** The bucket is in the path, as servers other than AWS want it. */
  readonly s3PathStyle: boolean;
  /** Milliseconds since a blob was last used. `undefined`: as the namespace's retention needs it. */
  readonly expiryMs: number | undefined;
}

const FORM = 'must be file:///folder or s3://bucket/prefix';

export const blobStoreUrl = z.string().transform((text, context): URL => {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const isFolder = url?.protocol === 'file:' && url.host === '' && url.pathname !== '/';
  const isBucket = url?.protocol === 's3:' && url.host !== '' && url.username === '' && url.search === '';
  if (url !== undefined && (isFolder || isBucket)) return url;
  context.addIssue({ code: 'custom', message: FORM });
  return z.NEVER;
});

/** Of this user on this machine: right as long as all processes are. */
export function defaultBlobStoreUrl(env: Readonly<Record<string, string | undefined>>): URL {
  const data = env['XDG_DATA_HOME'] || join(homedir(), '.local/share');
  return pathToFileURL(join(data, 'llm-kafka-pipeline', 'blobs'));
}

/** For the log of a process that is not all of the pipeline. No error: on one machine the folder is right for several of them, too. */
export function unsharedBlobStore(env: Readonly<Record<string, string | undefined>>): string | undefined {
  if (env['BLOB_STORE_URL'] || (env['WORKER_ROLE'] || 'all') === 'all') return undefined;
  const folder = fileURLToPath(defaultBlobStoreUrl(env));
  return `Large payloads are kept in ${folder}, which all processes must share: where they do not, set BLOB_STORE_URL`;
}

/** AWS's own variables for the address of another server. The client reads them itself, but not what they mean for the bucket. */
export function isOtherS3Server(env: Readonly<Record<string, string | undefined>>): boolean {
  return Boolean(env['AWS_ENDPOINT_URL_S3'] || env['AWS_ENDPOINT_URL']);
}
