import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

const PRODUCE = 0;
const LENGTH_BYTES = 4;

export interface KafkaProxy {
  /** `127.0.0.1:<port>` */
  readonly address: string;
  /** The next answers to produce requests are lost with their connections, after the broker has written the records. */
  dropProduceAnswers(count: number): void;
  /** How many were. */
  readonly dropped: number;
  close(): Promise<void>;
}

/** A way to a broker that loses chosen answers. What the broker says of its own address is changed, so that clients stay on it. */
export async function startKafkaProxy(target: string): Promise<KafkaProxy> {
  const [host = '', port = ''] = target.split(':');
  const sockets = new Set<Socket>();
  let toDrop = 0;
  let dropped = 0;
  const server = createServer((client) => {
    const broker = connect(Number(port), host);
    for (const socket of [client, broker]) {
      sockets.add(socket);
      socket.on('error', () => socket.destroy());
      socket.on('close', () => {
        sockets.delete(socket);
        client.destroy();
        broker.destroy();
      });
    }
    const produces = new Set<number>();
    onFrames(client, (frame) => {
      if (frame.readInt16BE(4) === PRODUCE) produces.add(frame.readInt32BE(8));
      broker.write(frame);
    });
    onFrames(broker, (frame) => {
      const isProduce = produces.delete(frame.readInt32BE(4));
      if (isProduce && toDrop > 0) {
        toDrop -= 1;
        dropped += 1;
        client.destroy();
      } else client.write(readdress(frame));
    });
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const ownPort = (server.address() as AddressInfo).port;

  /** In every version of the protocol a host is followed by its port in four bytes. */
  function readdress(frame: Buffer): Buffer {
    const found = Buffer.from(`${host}\0\0\0\0`);
    found.writeInt32BE(Number(port), host.length);
    for (let at = frame.indexOf(found); at >= 0; at = frame.indexOf(found, at + 1)) {
      frame.writeInt32BE(ownPort, at + host.length);
    }
    return frame;
  }

  return {
    address: `127.0.0.1:${String(ownPort)}`,
    get dropped() {
      return dropped;
    },
    dropProduceAnswers(count) {
      toDrop = count;
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => {
          resolve();
        });
        for (const socket of sockets) socket.destroy();
      }),
  };
}

/** Messages of Kafka's protocol, each with its length in front. */
function onFrames(socket: Socket, onFrame: (frame: Buffer) => void): void {
  let waiting: Buffer = Buffer.alloc(0);
  socket.on('data', (chunk: Buffer) => {
    waiting = Buffer.concat([waiting, chunk]);
    while (waiting.length >= LENGTH_BYTES) {
      const end = LENGTH_BYTES + waiting.readInt32BE(0);
      if (waiting.length < end) break;
      onFrame(waiting.subarray(0, end));
      waiting = waiting.subarray(end);
    }
  });
}
