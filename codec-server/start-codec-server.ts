import { createServer, type Server } from 'node:http';
import { isIPv4, type AddressInfo } from 'node:net';
import type { StartComponent } from '../lifecycle/component.ts';
import { ConfigurationError } from '../lifecycle/errors.ts';
import { openBlobStore } from '../blobs/open-blob-store.ts';
import { createDataConverter } from '../temporal/data-converter.ts';
import { createCodecEndpoint } from './codec-endpoint.ts';

/** Decrypts, and fetches large payloads, for Temporal's UI and command line tool, so that they show what they cannot read. */
export const startCodecServer: StartComponent = async ({ config, logger }) => {
  const { payloads } = config.temporal;
  const { host, port, corsOrigins, token } = config.codecServer;
  const { payloadCodecs: codecs = [] } = createDataConverter(payloads, openBlobStore(payloads.blobs).forClients);
  const onError = (error: unknown) => {
    logger.error({ err: error }, 'a request failed');
  };
  const onUnreadable = (errors: readonly unknown[]) => {
    logger.warn({ err: errors[0], payloads: errors.length }, 'payloads could not be read, and are shown as they are');
  };
  if (token === undefined && !isLoopback(host)) {
    logger.warn(
      { host },
      'who reaches the codec server reads everything: set CODEC_SERVER_TOKEN, or CODEC_SERVER_HOST to 127.0.0.1',
    );
  }
  const server = createServer(createCodecEndpoint({ codecs, corsOrigins, token, onError, onUnreadable }));
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

/** Of an address to listen on. */
function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || (isIPv4(host) && host.startsWith('127.'));
}

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
