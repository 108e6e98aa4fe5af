import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { createFrameReader } from '../../../../dev/kafka-proxy/frames.ts';
import { startKafkaProxy, type KafkaProxy } from '../../../../dev/kafka-proxy/kafka-proxy.ts';
import { waitUntil } from '../../../../dev/wait-until.ts';

const PRODUCE = 0;
const FETCH = 1;

let broker: Server;
let proxy: KafkaProxy;
const heard: number[] = [];
const clients: Socket[] = [];

/** Answers every request with its correlation id, as brokers do. */
beforeEach(async () => {
  heard.length = 0;
  broker = createServer((socket) => {
    socket.on('error', () => socket.destroy());
    socket.on(
      'data',
      createFrameReader((frame) => {
        heard.push(frame.readInt32BE(8));
        const answer = Buffer.alloc(8);
        answer.writeInt32BE(4, 0);
        frame.copy(answer, 4, 8, 12);
        socket.write(answer);
      }),
    );
  });
  broker.listen(0, '127.0.0.1');
  await once(broker, 'listening');
  proxy = await startKafkaProxy((broker.address() as AddressInfo).port);
});
afterEach(async () => {
  for (const client of clients.splice(0)) client.destroy();
  await proxy.close();
  broker.close();
});

async function connectClient() {
  const socket = connect(proxy.port, '127.0.0.1');
  clients.push(socket);
  const answered: number[] = [];
  const state = { closed: false };
  socket.on(
    'data',
    createFrameReader((frame) => answered.push(frame.readInt32BE(4))),
  );
  socket.on('error', () => undefined);
  socket.on('close', () => (state.closed = true));
  await once(socket, 'connect');
  return {
    answered,
    state,
    ask(apiKey: number, correlationId: number) {
      const frame = Buffer.alloc(12);
      frame.writeInt32BE(8, 0);
      frame.writeInt16BE(apiKey, 4);
      frame.writeInt32BE(correlationId, 8);
      socket.write(frame);
    },
  };
}

it('changes nothing without a rule', async () => {
  const client = await connectClient();
  client.ask(PRODUCE, 1);
  client.ask(FETCH, 2);
  await waitUntil('both answers', () => client.answered.length === 2);
  expect(client.answered).toEqual([1, 2]);
});

it('cut: the broker hears the request, and its answer is lost with the connection, as often as the rule says', async () => {
  const rule = proxy.addRule({ api: 'Produce', fault: 'cut', times: 1 });
  const first = await connectClient();
  first.ask(FETCH, 1);
  await waitUntil('an answer the rule is not about', () => first.answered.length === 1);
  first.ask(PRODUCE, 2);
  await waitUntil('the cut', () => first.state.closed);
  expect(heard).toEqual([1, 2]);
  expect(first.answered).toEqual([1]);

  const second = await connectClient();
  second.ask(PRODUCE, 3);
  await waitUntil('the answer after the rule is used up', () => second.answered.length === 1);
  expect(rule.hits).toHaveLength(1);
});

it('cut-before: the broker never hears the request', async () => {
  proxy.addRule({ api: 'Produce', fault: 'cut-before', times: 1 });
  const client = await connectClient();
  client.ask(PRODUCE, 1);
  await waitUntil('the cut', () => client.state.closed);
  expect(heard).toEqual([]);
});

it('blackhole: nothing comes back, and the connection stays', async () => {
  proxy.addRule({ api: 'Fetch', fault: 'blackhole', times: 1 });
  const client = await connectClient();
  client.ask(FETCH, 1);
  client.ask(PRODUCE, 2);
  await waitUntil('the broker to hear both', () => heard.length === 2);
  const other = await connectClient();
  other.ask(PRODUCE, 3);
  await waitUntil('another connection to work', () => other.answered.length === 1);
  expect(client.answered).toEqual([]);
  expect(client.state.closed).toBe(false);
});

it('delay: the answer and those behind it come late, in order', async () => {
  proxy.addRule({ api: 'Fetch', fault: 'delay', times: 1, delayMs: 300 });
  const client = await connectClient();
  const askedAt = performance.now();
  client.ask(FETCH, 1);
  client.ask(PRODUCE, 2);
  await waitUntil('both answers', () => client.answered.length === 2);
  expect(client.answered).toEqual([1, 2]);
  expect(performance.now() - askedAt).toBeGreaterThanOrEqual(295);
});
