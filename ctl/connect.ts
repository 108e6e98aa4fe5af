import { Client, Connection } from '@temporalio/client';
import { openBlobStore } from '../blobs/open-blob-store.ts';
import type { TemporalConfig } from '../config/load.ts';
import { DependencyUnavailableError } from '../lifecycle/errors.ts';
import { explainConnectFailure } from '../temporal/connect-failure.ts';
import { createDataConverter } from '../temporal/data-converter.ts';

const CONNECT_TIMEOUT_MS = 5_000;

/**
 * The pure JavaScript connection, unlike the processes' native one: a command lives for a second, and the native library
 * takes longer to load and installs signal handlers that would swallow Ctrl-C.
 * @throws {DependencyUnavailableError}
 */
export async function connectOperator({ connectionOptions, namespace, payloads }: TemporalConfig): Promise<Client> {
  const address = connectionOptions.address ?? '';
  try {
    const connection = await Connection.connect({ ...connectionOptions, connectTimeout: CONNECT_TIMEOUT_MS });
    await connection.withDeadline(Date.now() + CONNECT_TIMEOUT_MS, () =>
      connection.workflowService.describeNamespace({ namespace }),
    );
    return new Client({
      connection,
      namespace,
      dataConverter: createDataConverter(payloads, openBlobStore(payloads.blobs).forClients),
    });
  } catch (cause) {
    const message = explainConnectFailure(cause, { address, namespace, usesTls: Boolean(connectionOptions.tls) });
    throw new DependencyUnavailableError(message, { cause });
  }
}
