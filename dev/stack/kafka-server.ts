import { existsSync } from 'node:fs';
import { cp, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { withProgress, type OnProgress } from '../progress.ts';
import { cachedFolder } from './cache.ts';
import { freePort } from './free-port.ts';
import { KAFKA_VERSION, findJava, findKafkaClassPath } from './kafka-jars.ts';
import { startServer, type OwnServer } from './server.ts';
import { withAdmin } from './topics.ts';
import { runTool } from './tools.ts';

export interface KafkaServerOptions {
  readonly port: number;
  /** A second way in, for a proxy in front of it. */
  readonly behindProxy?: ProxiedListener | undefined;
  readonly dataDir: string;
  readonly onProgress: OnProgress;
}

/** Ports on 127.0.0.1. Whoever comes in by `port` is sent on to `proxyPort` for everything after the first question. */
export interface ProxiedListener {
  readonly port: number;
  readonly proxyPort: number;
}

/** The same for every folder, so that a folder can be used again. Any 16 bytes in base64url. */
const CLUSTER_ID = 'bGxtLWthZmthLWRldi0xMA';
/** A small heap and the quick compiler only: twice as fast to start, and enough for a thousand messages a second. */
const JVM_OPTIONS = ['-Xms128m', '-Xmx256m', '-XX:TieredStopAtLevel=1', '-XX:+UseSerialGC'];
const LOG_OPTIONS = [
  '-Dorg.slf4j.simpleLogger.defaultLogLevel=warn',
  '-Dorg.slf4j.simpleLogger.showDateTime=true',
  '-Dorg.slf4j.simpleLogger.dateTimeFormat=yyyy-MM-dd HH:mm:ss.SSS',
];

/** One Kafka node (broker and controller in one) on 127.0.0.1. */
export async function startKafkaServer(options: KafkaServerOptions): Promise<OwnServer> {
  const { port, behindProxy, dataDir, onProgress } = options;
  const java = findJava();
  const classPath = await findKafkaClassPath(onProgress);
  const folder = join(dataDir, 'kafka');
  const properties = join(dataDir, 'kafka.properties');
  const logFile = join(dataDir, 'kafka.log');
  if (!existsSync(join(folder, 'meta.properties'))) {
    await cp(await findFormattedFolder({ java, classPath, onProgress }), folder, { recursive: true });
  }
  await writeFile(properties, serverProperties({ port, behindProxy, controllerPort: await freePort(), folder }));
  const server = {
    name: 'Kafka',
    command: java,
    args: [...JVM_OPTIONS, ...LOG_OPTIONS, '-cp', classPath, 'kafka.Kafka', properties],
    cwd: dataDir,
    env: process.env,
    logFile,
    probe: () => probe(`127.0.0.1:${String(port)}`),
    onUnexpectedExit: () => {
      onProgress(`Kafka stopped unexpectedly, see ${logFile}`);
    },
  };
  return withProgress('Kafka: starting', onProgress, () => startServer(server));
}

/** A broker that is up but still fenced answers too, and lists none. */
async function probe(broker: string): Promise<void> {
  const { brokers } = await withAdmin([broker], (admin) => admin.describeCluster());
  if (brokers.length === 0) throw new Error('fenced');
}

/** An empty folder as Kafka's own tool formats it, to be copied: another start of Java would cost every run a second. */
async function findFormattedFolder(options: { java: string; classPath: string; onProgress: OnProgress }) {
  const { java, classPath, onProgress } = options;
  return cachedFolder(`kafka-${KAFKA_VERSION}-formatted`, async (target) => {
    const properties = `${target}.properties`;
    // The ports are not stored.
    await writeFile(properties, serverProperties({ port: 9092, controllerPort: 9093, folder: target }));
    const format = ['kafka.tools.StorageTool', 'format', '-t', CLUSTER_ID, '-c', properties];
    try {
      await withProgress('Kafka: formatting', onProgress, () =>
        runTool({ command: java, args: [...JVM_OPTIONS, ...LOG_OPTIONS, '-cp', classPath, ...format] }),
      );
    } finally {
      await rm(properties, { force: true });
    }
  });
}

function serverProperties(ports: {
  readonly port: number;
  readonly behindProxy?: ProxiedListener | undefined;
  readonly controllerPort: number;
  readonly folder: string;
}) {
  const { port, behindProxy, controllerPort, folder } = ports;
  const address = (at: number) => `127.0.0.1:${String(at)}`;
  const controller = address(controllerPort);
  const listeners = [`PLAINTEXT://${address(port)}`];
  const advertised = [...listeners];
  if (behindProxy !== undefined) {
    listeners.push(`PROXIED://${address(behindProxy.port)}`);
    advertised.push(`PROXIED://${address(behindProxy.proxyPort)}`);
  }
  const settings = {
    'process.roles': 'broker,controller',
    'node.id': '1',
    'controller.quorum.voters': `1@${controller}`,
    listeners: [...listeners, `CONTROLLER://${controller}`].join(','),
    'advertised.listeners': advertised.join(','),
    'controller.listener.names': 'CONTROLLER',
    'listener.security.protocol.map': 'PLAINTEXT:PLAINTEXT,PROXIED:PLAINTEXT,CONTROLLER:PLAINTEXT',
    'inter.broker.listener.name': 'PLAINTEXT',
    'log.dirs': folder,
    'auto.create.topics.enable': 'false',
    'offsets.topic.num.partitions': '4',
    'offsets.topic.replication.factor': '1',
    'transaction.state.log.num.partitions': '1',
    'transaction.state.log.replication.factor': '1',
    'transaction.state.log.min.isr': '1',
    'share.coordinator.state.topic.num.partitions': '1',
    'share.coordinator.state.topic.replication.factor': '1',
    'share.coordinator.state.topic.min.isr': '1',
    // A lone consumer need not wait three seconds for others to join.
    'group.initial.rebalance.delay.ms': '0',
    // After a kill the controller refuses the broker until its old session has ended; but a broker that a busy machine
    // keeps waiting must not lose it.
    'broker.session.timeout.ms': '9000',
    'broker.heartbeat.interval.ms': '500',
  };
  return Object.entries(settings)
    .map(([name, value]) => `${name}=${value}\n`)
    .join('');
}
