import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startKafkaProxy, type KafkaProxy } from '../../dev/kafka-proxy/kafka-proxy.ts';
import { freePort } from '../../dev/stack/free-port.ts';
import { startKafkaServer } from '../../dev/stack/kafka-server.ts';

export interface ProxiedKafka {
  /** The way through the proxy. */
  readonly brokers: readonly string[];
  /** The way past it, for the test's own clients. */
  readonly direct: readonly string[];
  readonly proxy: KafkaProxy;
  stop(): Promise<void>;
}

/** A broker of its own: the address it gives its clients has to be the proxy's. */
export async function startProxiedKafka(): Promise<ProxiedKafka> {
  const dataDir = mkdtempSync(join(tmpdir(), 'proxied-kafka-'));
  const [port, behindPort] = [await freePort(), await freePort()];
  const proxy = await startKafkaProxy(behindPort);
  const behindProxy = { port: behindPort, proxyPort: proxy.port };
  try {
    const server = await startKafkaServer({ port, behindProxy, dataDir, onProgress: () => undefined });
    return {
      brokers: [`127.0.0.1:${String(proxy.port)}`],
      direct: [`127.0.0.1:${String(port)}`],
      proxy,
      async stop() {
        await proxy.close();
        await server.stop();
        rmSync(dataDir, { recursive: true, force: true });
      },
    };
  } catch (error) {
    await proxy.close();
    throw error;
  }
}
