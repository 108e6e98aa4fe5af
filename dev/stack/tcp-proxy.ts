import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

export interface TcpProxy {
  /** `127.0.0.1:<port>` */
  readonly address: string;
  /** Closes every connection and takes no more, as a server that is down. */
  cut(): void;
  restore(): void;
  /** From now on nothing of what clients send gets through; what the server has to say still does. */
  muteClients(): void;
  close(): Promise<void>;
}

/** A way to a server that a test can cut, without touching the server that other tests use. */
export async function startTcpProxy(target: string): Promise<TcpProxy> {
  const [host = '', port = ''] = target.split(':');
  const sockets = new Set<Socket>();
  const clients = new Set<Socket>();
  let isCut = false;
  const track = (socket: Socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    socket.on('error', () => socket.destroy());
  };
  const server = createServer((incoming) => {
    track(incoming);
    if (isCut) {
      incoming.destroy();
      return;
    }
    clients.add(incoming);
    incoming.on('close', () => clients.delete(incoming));
    const outgoing = connect(Number(port), host);
    track(outgoing);
    incoming.pipe(outgoing).pipe(incoming);
    incoming.on('close', () => outgoing.destroy());
    outgoing.on('close', () => incoming.destroy());
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const drop = () => {
    for (const socket of sockets) socket.destroy();
  };
  return {
    address: `127.0.0.1:${String((server.address() as AddressInfo).port)}`,
    cut() {
      isCut = true;
      drop();
    },
    restore() {
      isCut = false;
    },
    muteClients() {
      // Read on, into the void: a socket that is not read does not tell that its other end has gone.
      for (const client of clients) client.unpipe().resume();
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => {
          resolve();
        });
        drop();
      }),
  };
}
