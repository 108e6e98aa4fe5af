import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Registry } from 'prom-client';

export interface HealthServer {
  readonly port: number;
  close(): Promise<void>;
}

/**
 * `GET /livez`: the event loop turns. `GET /readyz`: every part can do its work, or 503 with one line for each that cannot.
 * `GET /metrics`: Prometheus text.
 * @throws when the port is taken.
 */
export async function startHealthServer(options: {
  port: number;
  registry: Registry;
  /** One sentence for each part that is not ready. */
  notReadyBecause: () => string[];
}): Promise<HealthServer> {
  const server = createServer((request, response) => {
    response.setHeader('content-type', 'text/plain; charset=utf-8');
    const path = request.url?.split('?')[0];
    if (path === '/livez') send(response, 200, 'ok\n');
    else if (path === '/readyz') {
      const reasons = options.notReadyBecause();
      send(response, reasons.length === 0 ? 200 : 503, reasons.length === 0 ? 'ok\n' : `${reasons.join('\n')}\n`);
    } else if (path === '/metrics') {
      response.setHeader('content-type', options.registry.contentType);
      options.registry.metrics().then(
        (text) => {
          send(response, 200, text);
        },
        () => {
          send(response, 500, 'metrics could not be collected\n');
        },
      );
    } else send(response, 404, 'try /livez, /readyz or /metrics\n');
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      reject(error.code === 'EADDRINUSE' ? portTaken(options.port, error) : error);
    });
    server.listen(options.port, resolve);
  });
  return {
    port: (server.address() as AddressInfo).port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => {
          resolve();
        });
        server.closeAllConnections();
      }),
  };
}

function portTaken(port: number, cause: Error): Error {
  const hint = 'processes on one host each need their own METRICS_PORT';
  return new Error(`Port ${String(port)} for /livez, /readyz and /metrics is taken: ${hint}`, { cause });
}

function send(response: ServerResponse, status: number, body: string): void {
  response.writeHead(status).end(body);
}
