import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { StartComponent } from '../lifecycle/component.ts';
import { ConfigurationError } from '../lifecycle/errors.ts';
import { openBlobStore } from '../blobs/open-blob-store.ts';
import { createDataConverter } from '../temporal/data-converter.ts';
import { createCodecEndpoint } from './codec-endpoint.ts';

/**
 * Decrypts for Temporal's UI and command line tool, so that they show what they cannot read.
 * @throws {ConfigurationError} without keys: it would answer, and decrypt nothing.
 */
export const startCodecServer: StartComponent = async ({ config, logger }) => {
  const { payloads } = config.temporal;
  if (payloads.keys.length === 0) {
    throw new ConfigurationError('PAYLOAD_KEYS: the codec server needs them, or PAYLOAD_KEYS_FILE');
  }
  const { host, port, corsOrigins, token } = config.codecServer;
  const { payloadCodecs: codecs = [] } = createDataConverter(payloads, openBlobStore(payloads.blobs));
  const onError = (error: unknown) => {
    logger.error({ err: error }, 'payloads could not be read');
  };
  const server = createServer(createCodecEndpoint({ codecs, corsOrigins, token, onError }));
  await listen(server, { host, port });
  const failed = new Promise<never>((_, reject) => server.once('error', reject));
  logger.info(
    { host, port: (server.address() as AddressInfo).port, keys: payloads.keys.map(({ id }) => id) },
    'codec server',
  );
  return {
    name: 'codec server',
    notReadyBecause: () => undefined,
    failed,
    drain: () =>
      new Promise((resolve) => {
        // Open requests end; connections that only wait for another one are closed.
        server.close(() => {
          resolve();
        });
        server.closeIdleConnections();
      }),
  };
};

function listen(server: Server, { host, port }: { host: string; port: number }): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (cause: NodeJS.ErrnoException) => {
      const message = `Port ${String(port)} of ${host} cannot be listened on (${cause.code ?? cause.message})`;
      reject(new ConfigurationError(`CODEC_SERVER_PORT: ${message}`));
    });
    server.listen(port, host, () => {
      server.removeAllListeners('error');
      resolve();
    });
  });
}
