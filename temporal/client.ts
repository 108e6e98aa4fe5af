import { Client } from '@temporalio/client';
import { NativeConnection } from '@temporalio/worker';
import type { Config } from '../config/load.ts';
import { DependencyUnavailableError } from '../lifecycle/errors.ts';

export interface TemporalAccess {
  readonly client: Client;
  /** Shared with the workers of the same component. */
  readonly connection: NativeConnection;
}

/**
 * Connects and checks that the namespace is there. The native connection serves clients as well: it costs less CPU a call
 * than the pure JavaScript one, and a worker needs it anyway.
 * @throws {DependencyUnavailableError}
 */
export async function connectTemporal(config: Config['temporal']): Promise<TemporalAccess> {
  const { connectionOptions, namespace } = config;
  const address = connectionOptions.address ?? '';
  const connection = await NativeConnection.connect(connectionOptions).catch((cause: unknown) => {
    throw new DependencyUnavailableError(`Temporal does not answer at ${address}: is it running? (TEMPORAL_ADDRESS)`, {
      cause,
    });
  });
  try {
    await connection.withDeadline(Date.now() + 10_000, () =>
      connection.workflowService.describeNamespace({ namespace }),
    );
  } catch (cause) {
    await connection.close();
    throw new DependencyUnavailableError(
      `Temporal at ${address} has no usable namespace "${namespace}": ${cause instanceof Error ? cause.message : String(cause)} (TEMPORAL_NAMESPACE)`,
      { cause },
    );
  }
  return { client: new Client({ connection, namespace }), connection };
}
