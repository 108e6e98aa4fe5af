import { Client } from '@temporalio/client';
import type { DataConverter } from '@temporalio/common';
import { NativeConnection } from '@temporalio/worker';
import type { BlobStore } from '../blobs/blob-store.ts';
import { openBlobStore } from '../blobs/open-blob-store.ts';
import type { TemporalConfig } from '../config/load.ts';
import { DependencyUnavailableError } from '../lifecycle/errors.ts';
import { explainConnectFailure } from './connect-failure.ts';
import { assertBlobStoreAnswers, blobExpiry } from './blob-checks.ts';
import { createDataConverter } from './data-converter.ts';
import { retentionOf } from './namespace-retention.ts';

export interface TemporalAccess {
  readonly client: Client;
  readonly connection: NativeConnection;
  /** For workers: as the client's, with the patience of their tasks for the blob store. */
  readonly dataConverter: DataConverter;
  /** Where the data converter keeps what is too large for Temporal. */
  readonly blobs: BlobStore;
  /** How long they stay there without use, in milliseconds. */
  readonly blobExpiryMs: number;
  /** How long the namespace knows a workflow after its end, in milliseconds. */
  readonly retentionMs: number;
  /** Called once by whoever opened it, after its workers have stopped. */
  readonly close: () => Promise<void>;
}

export type OpenTemporal = (config: TemporalConfig) => Promise<TemporalAccess>;

/** Most messages are a few kilobytes, and the server is near: gzip costs both sides more CPU than the network it saves. */
const GRPC_COMPRESSION = { codec: 'none' } as const;

/**
 * Connects and checks that the namespace is there. The native connection serves clients as well: it costs less CPU a call
 * than the pure JavaScript one, and a worker needs it anyway.
 * @throws {DependencyUnavailableError} {ConfigurationError}
 */
export const connectTemporal: OpenTemporal = async (config) => {
  const { connectionOptions, namespace, payloads } = config;
  const unavailable = (cause: unknown) => {
    const { address = '', tls } = connectionOptions;
    const message = explainConnectFailure(cause, { address, namespace, usesTls: Boolean(tls) });
    return new DependencyUnavailableError(message, { cause });
  };
  const options = { grpcCompression: GRPC_COMPRESSION, ...connectionOptions };
  const connection = await NativeConnection.connect(options).catch((cause: unknown) => {
    throw unavailable(cause);
  });
  try {
    const described = await connection
      .withDeadline(Date.now() + 10_000, () => connection.workflowService.describeNamespace({ namespace }))
      .catch((cause: unknown) => {
        throw unavailable(cause);
      });
    const retentionMs = retentionOf(described, namespace);
    const blobExpiryMs = blobExpiry({ configuredMs: payloads.blobs.expiryMs, retentionMs });
    const { forClients, forWorkers: blobs } = openBlobStore(payloads.blobs);
    await assertBlobStoreAnswers(forClients);
    const client = new Client({ connection, namespace, dataConverter: createDataConverter(payloads, forClients) });
    const dataConverter = createDataConverter(payloads, blobs);
    const close = () => connection.close();
    return { client, connection, dataConverter, blobs, blobExpiryMs, retentionMs, close };
  } catch (error) {
    await connection.close();
    throw error;
  }
};
