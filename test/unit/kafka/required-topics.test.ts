import { createServer, type AddressInfo, type Socket } from 'node:net';
import { pino } from 'pino';
import { loadConfig } from '../../../config/load.ts';
import { createKafka } from '../../../kafka/client.ts';
import { assertTopicsExist } from '../../../kafka/required-topics.ts';
import { DependencyUnavailableError } from '../../../lifecycle/errors.ts';

const FETCH = 1;
const FIRST_KEPT_FETCH = 13;

/** Answers every request as if it asked for the API versions: all of them, and of fetch only later ones than kafkajs has. */
async function startBrokerOfTheFuture() {
  const ranges = Array.from({ length: 50 }, (_, key) => [key, key === FETCH ? FIRST_KEPT_FETCH : 0, 20]);
  const body = Buffer.alloc(2 + 4 + ranges.length * 6 + 4);
  body.writeInt32BE(ranges.length, 2);
  ranges.flat().forEach((value, index) => body.writeInt16BE(value, 6 + 2 * index));
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => socket.destroy());
    socket.on('data', (request) => {
      const head = Buffer.alloc(8);
      head.writeInt32BE(4 + body.length);
      request.copy(head, 4, 8, 12);
      socket.write(Buffer.concat([head, body]));
    });
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const close = () => {
    server.close();
    for (const socket of sockets) socket.destroy();
  };
  return { address: `127.0.0.1:${String((server.address() as AddressInfo).port)}`, close };
}

it('a broker that has dropped what the client speaks is refused at start, in one sentence', async () => {
  const broker = await startBrokerOfTheFuture();
  const { kafka: config } = loadConfig({ KAFKA_BROKERS: broker.address, OPENAI_API_KEY: 'k' });
  const kafka = createKafka(config, pino({ level: 'silent' }), 'test');
  try {
    const refused = assertTopicsExist(kafka, ['requests']);
    await expect(refused).rejects.toThrow(DependencyUnavailableError);
    await expect(refused).rejects.toThrow('The broker speaks Fetch in the versions 13 to 20, this client in 0 to 11');
  } finally {
    broker.close();
  }
});
