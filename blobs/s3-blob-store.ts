import {
  CopyObjectCommand,
  DeleteObjectsCommand,
  GetObjectCommand,
  NoSuchKey,
  paginateListObjectsV2,
  PutObjectCommand,
  S3Client,
  type _Error as Refusal,
  type S3ClientConfig,
} from '@aws-sdk/client-s3';
import { blobKeyOf, dayOf, dayOfKey } from './blob-key.ts';
import { BlobMissingError, BlobStoreError, type BlobStore } from './blob-store.ts';

export interface S3BlobStoreOptions {
  readonly bucket: string;
  /** Before each key; empty, or with a slash at its end. */
  readonly prefix: string;
  /** Servers other than AWS mostly have the bucket in the path, not in the host's name. */
  readonly forcePathStyle: boolean;
  /** Default: as AWS's own tools find address, region and credentials. */
  readonly client?: S3ClientConfig;
  readonly now?: () => Date;
}

/** Reading renews a blob at most this often: here it is a request of its own. */
const RENEW_AFTER_MS = 24 * 3_600_000;
const PROBE = '.probe';

/** Blobs in a bucket of S3, or of a server that speaks its protocol. */
export function createS3BlobStore(options: S3BlobStoreOptions): BlobStore {
  const { bucket: Bucket, prefix, now = () => new Date() } = options;
  const name = `s3://${Bucket}/${prefix}`;
  const client = createClient(options);
  const failed = (doing: string, cause: unknown) =>
    new BlobStoreError(`A blob cannot be ${doing} in ${name}: ${reasonOf(cause)}`, { cause });

  return {
    name,
    async put(bytes, sha256, signal) {
      const key = blobKeyOf(sha256, now());
      try {
        await client.send(new PutObjectCommand({ Bucket, Key: prefix + key, Body: bytes }), until(signal));
        return key;
      } catch (error) {
        throw failed('written', error);
      }
    },
    async get(key, signal) {
      if (dayOfKey(key) === undefined) throw new BlobMissingError(JSON.stringify(key), name);
      try {
        const Key = prefix + key;
        const { Body, LastModified = now() } = await client.send(new GetObjectCommand({ Bucket, Key }), until(signal));
        const bytes = (await Body?.transformToByteArray()) ?? new Uint8Array();
        // Not worth failing for: the bytes are here.
        if (now().getTime() - LastModified.getTime() > RENEW_AFTER_MS)
          await renew({ client, Bucket, Key }, signal).catch(() => undefined);
        return bytes;
      } catch (error) {
        throw error instanceof NoSuchKey ? new BlobMissingError(key, name) : failed('read', error);
      }
    },
    async deleteUnusedSince(time, signal) {
      let deleted = 0;
      const refusals: Refusal[] = [];
      try {
        for await (const keys of unusedSince(time, { client, Bucket, prefix })) {
          if (signal?.aborted) break;
          const refused = await deleteAll(keys, { client, Bucket });
          deleted += keys.length - refused.length;
          refusals.push(...refused);
        }
      } catch (error) {
        throw failed('deleted', error);
      }
      const [first] = refusals;
      if (first === undefined) return deleted;
      throw new BlobStoreError(
        `${String(refusals.length)} blobs cannot be deleted in ${name}, the first is ${first.Key ?? ''}: ${first.Code ?? ''}: ${first.Message ?? ''}`,
      );
    },
    async check(signal) {
      try {
        await client.send(new PutObjectCommand({ Bucket, Key: prefix + PROBE, Body: new Uint8Array() }), until(signal));
      } catch (error) {
        throw failed('written', error);
      }
    },
  };
}

interface Place {
  readonly client: S3Client;
  readonly Bucket: string;
}

/** By a copy onto itself: there is no other way to make an object younger. */
async function renew({ client, Bucket, Key }: Place & { readonly Key: string }, signal?: AbortSignal): Promise<void> {
  const CopySource = encodeURI(`${Bucket}/${Key}`);
  await client.send(new CopyObjectCommand({ Bucket, Key, CopySource, MetadataDirective: 'REPLACE' }), until(signal));
}

function until(signal: AbortSignal | undefined): { abortSignal?: AbortSignal } {
  return signal === undefined ? {} : { abortSignal: signal };
}

/** A page of keys. @returns those that stay. */
async function deleteAll(keys: readonly string[], { client, Bucket }: Place): Promise<readonly Refusal[]> {
  if (keys.length === 0) return [];
  const Objects = keys.map((Key) => ({ Key }));
  const { Errors = [] } = await client.send(new DeleteObjectsCommand({ Bucket, Delete: { Objects, Quiet: true } }));
  return Errors;
}

/** Page by page. */
async function* unusedSince(
  time: Date,
  { client, Bucket, prefix }: Place & { readonly prefix: string },
): AsyncGenerator<string[]> {
  for await (const { Contents = [] } of paginateListObjectsV2({ client }, { Bucket, Prefix: prefix })) {
    const days = Contents.map(({ Key = '' }) => dayOfKey(Key.slice(prefix.length)));
    yield Contents.flatMap(({ Key, LastModified = time }, index) =>
      Key !== undefined && days[index] !== undefined && LastModified < time ? [Key] : [],
    );
    // In the order of the days: what follows is younger.
    if (days.some((day) => day !== undefined && day >= dayOf(time))) return;
  }
}

function createClient({ forcePathStyle, client }: S3BlobStoreOptions): S3Client {
  return new S3Client({
    forcePathStyle,
    // Who waits has a limit of its own, and repeats.
    maxAttempts: 2,
    requestHandler: { connectionTimeout: 2_000, requestTimeout: 10_000, throwOnRequestTimeout: true },
    // Whoever has the key has the hash, too; and not every server knows these checksums.
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
    ...client,
  });
}

/** Some of its errors have a name alone. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return [error.name, error.message].filter((part) => part !== '' && part !== 'Error').join(': ');
}
