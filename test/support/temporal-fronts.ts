import { readFileSync } from 'node:fs';
import { connect as connectHttp2, createSecureServer, type ServerHttp2Stream } from 'node:http2';
import { connect as connectTcp, type AddressInfo, type Server } from 'node:net';
import { createServer } from 'node:tls';
import type { Certificate } from './certificates.ts';

export interface Front {
  readonly address: string;
  readonly close: () => void;
}

/** Ends TLS in front of a Temporal without it, and takes only clients with a certificate of the authority. */
export async function startMutualTlsFront(
  temporalAddress: string,
  { ca, server }: { ca: string; server: Certificate },
): Promise<Front> {
  const upstream = portOf(temporalAddress);
  const front = createServer(
    { ...pems(server), ca: readFileSync(ca), requestCert: true, rejectUnauthorized: true, ALPNProtocols: ['h2'] },
    (socket) => {
      const target = connectTcp(upstream, '127.0.0.1');
      for (const side of [socket, target]) {
        side.on('error', () => {
          socket.destroy();
          target.destroy();
        });
      }
      socket.pipe(target).pipe(socket);
    },
  );
  return listening(front);
}

/** Takes only calls with `authorization: Bearer <apiKey>`, as Temporal's cloud does. */
export async function startApiKeyFront(
  temporalAddress: string,
  { apiKey, server }: { apiKey: string; server: Certificate },
): Promise<Front> {
  const upstream = connectHttp2(`http://127.0.0.1:${String(portOf(temporalAddress))}`);
  upstream.on('error', () => undefined);
  const front = createSecureServer(pems(server));
  front.on('stream', (stream, headers) => {
    stream.on('error', () => undefined);
    if (headers.authorization !== `Bearer ${apiKey}`) {
      const refusal = { 'grpc-status': '16', 'grpc-message': 'Request unauthorized.' };
      stream.respond({ ':status': 200, 'content-type': 'application/grpc', ...refusal }, { endStream: true });
      return;
    }
    const { authorization: _secret, ...others } = headers;
    passOn(stream, upstream.request({ ...others, ':scheme': 'http' }, { endStream: false }));
  });
  const { address, close } = await listening(front);
  return {
    address,
    close: () => {
      close();
      upstream.destroy();
    },
  };
}

function passOn(stream: ServerHttp2Stream, call: ReturnType<ReturnType<typeof connectHttp2>['request']>): void {
  let trailers: Record<string, string | string[] | undefined> = {};
  call.on('error', () => {
    stream.close();
  });
  stream.on('close', () => {
    call.close();
  });
  call.on('trailers', (end) => {
    trailers = { ...end } as typeof trailers;
  });
  call.on('response', (headers) => {
    const { 'grpc-status': ended } = headers;
    if (stream.destroyed) return;
    if (ended !== undefined) stream.respond({ ...headers }, { endStream: true });
    else {
      stream.respond({ ...headers }, { waitForTrailers: true });
      stream.on('wantTrailers', () => {
        stream.sendTrailers(trailers);
      });
      call.pipe(stream);
    }
  });
  stream.pipe(call);
}

const pems = ({ cert, key }: Certificate) => ({ cert: readFileSync(cert), key: readFileSync(key) });
const portOf = (address: string) => Number(address.split(':').at(-1));

async function listening(server: Server): Promise<Front> {
  const open = new Set<{ destroy(): void }>();
  server.on('connection', (socket) => {
    open.add(socket);
    socket.on('close', () => open.delete(socket));
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  return {
    address: `127.0.0.1:${String((server.address() as AddressInfo).port)}`,
    close() {
      server.close();
      for (const socket of open) socket.destroy();
    },
  };
}
