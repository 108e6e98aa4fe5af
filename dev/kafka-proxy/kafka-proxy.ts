import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { correlationIdOf, createFrameReader, requestHeader, type KafkaApi } from './frames.ts';

/**
 * What becomes of the answer to a request:
 * - `cut`: the broker has done it, and the connection breaks before its answer.
 * - `cut-before`: the connection breaks before the broker has seen the request.
 * - `blackhole`: nothing comes back on this connection any more, and nobody closes it.
 * - `delay`: the answer, and all that are behind it, come `delayMs` later.
 */
export type ProxyFault = 'cut' | 'cut-before' | 'blackhole' | 'delay';

export interface ProxyRule {
  readonly api: KafkaApi;
  readonly fault: ProxyFault;
  /** How many requests it hits before it is over. */
  readonly times: number;
  readonly delayMs?: number;
}

/** A way to Kafka on which the answers to chosen requests can be lost. Without rules it changes nothing. */
export interface KafkaProxy {
  readonly port: number;
  /** From now on, in addition to the rules there are. */
  addRule(rule: ProxyRule): ActiveRule;
  clearRules(): void;
  close(): Promise<void>;
}

export interface ActiveRule {
  /** When it hit, in milliseconds since the epoch. */
  readonly hits: readonly number[];
}

type OpenRule = ProxyRule & { readonly hits: number[] };

export async function startKafkaProxy(targetPort: number): Promise<KafkaProxy> {
  let rules: OpenRule[] = [];
  const sockets = new Set<Socket>();
  const takeRule = (api: KafkaApi | undefined): ProxyRule | undefined => {
    const rule = rules.find((one) => one.api === api && one.hits.length < one.times);
    rule?.hits.push(Date.now());
    return rule;
  };
  const server = createServer({ noDelay: true }, (client) => {
    const broker = connect({ port: targetPort, host: '127.0.0.1', noDelay: true });
    for (const socket of [client, broker]) {
      sockets.add(socket);
      socket.on('error', () => socket.destroy());
      socket.on('close', () => {
        sockets.delete(socket);
        client.destroy();
        broker.destroy();
      });
    }
    relay({ client, broker, takeRule });
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  return {
    port: (server.address() as AddressInfo).port,
    addRule(rule) {
      const active = { ...rule, hits: [] };
      rules.push(active);
      return active;
    },
    clearRules() {
      rules = [];
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

interface Relay {
  readonly client: Socket;
  readonly broker: Socket;
  readonly takeRule: (api: KafkaApi | undefined) => ProxyRule | undefined;
}

/** One connection. Brokers answer in the order of the requests, so a delayed answer holds up those behind it. */
function relay({ client, broker, takeRule }: Relay): void {
  const afflicted = new Map<number, ProxyRule>();
  let silent = false;
  let earlier = Promise.resolve();
  client.on(
    'data',
    createFrameReader((frame) => {
      const { api, correlationId } = requestHeader(frame);
      const rule = takeRule(api);
      if (rule?.fault === 'cut-before') {
        client.destroy();
        return;
      }
      if (rule !== undefined) afflicted.set(correlationId, rule);
      broker.write(frame);
    }),
  );
  broker.on(
    'data',
    createFrameReader((frame) => {
      const rule = afflicted.get(correlationIdOf(frame));
      afflicted.delete(correlationIdOf(frame));
      if (rule?.fault === 'cut') client.destroy();
      if (rule?.fault === 'blackhole') silent = true;
      if (rule?.fault === 'delay') earlier = earlier.then(() => pauseFor(rule.delayMs ?? 0));
      void earlier.then(() => {
        if (!silent && !client.destroyed) client.write(frame);
      });
    }),
  );
}

function pauseFor(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms).unref();
  });
}
