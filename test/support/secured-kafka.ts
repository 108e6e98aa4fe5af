import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from '../../dev/stack/free-port.ts';
import { findJava, findKafkaClassPath } from '../../dev/stack/kafka-jars.ts';
import { startServer } from '../../dev/stack/server.ts';
import { runTool } from '../../dev/stack/tools.ts';
import { withAdmin } from '../../dev/stack/topics.ts';
import { keyAndCertificate, type TestAuthority } from './certificates.ts';

export interface SecuredKafka {
  /** In clear, for the test's own clients. */
  readonly plain: string;
  /** Asks clients for a certificate of the authority. */
  readonly ssl: string;
  /** PLAIN and SCRAM. */
  readonly saslSsl: string;
  stop(): Promise<void>;
}

const MECHANISMS = ['PLAIN', 'SCRAM-SHA-256', 'SCRAM-SHA-512'];

/** A broker with TLS listeners, which knows one user. Its certificate is the authority's. */
export async function startSecuredKafka(
  authority: TestAuthority,
  user: { name: string; password: string },
): Promise<SecuredKafka> {
  const [java, classPath] = [findJava(), await findKafkaClassPath(() => undefined)];
  const dataDir = mkdtempSync(join(tmpdir(), 'secured-kafka-'));
  const keystore = join(dataDir, 'broker.pem');
  writeFileSync(keystore, keyAndCertificate(await authority.issue('broker')));
  const ports = {
    plain: await freePort(),
    ssl: await freePort(),
    saslSsl: await freePort(),
    controller: await freePort(),
  };
  const properties = join(dataDir, 'server.properties');
  writeFileSync(properties, propertiesOf({ dataDir, keystore, truststore: authority.ca, ports, user }));
  const run = ['-Xmx256m', '-XX:TieredStopAtLevel=1', '-XX:+UseSerialGC', '-cp', classPath];
  const scram = MECHANISMS.slice(1).flatMap((mechanism) => [
    '--add-scram',
    `${mechanism}=[name=${user.name},password=${user.password}]`,
  ]);
  await runTool({
    command: java,
    args: [...run, 'kafka.tools.StorageTool', 'format', '-t', 'c2VjdXJlZC1rYWZrYS0xMA', '-c', properties, ...scram],
  });
  const address = (port: number) => `127.0.0.1:${String(port)}`;
  const server = await startServer({
    name: 'Kafka with TLS',
    command: java,
    args: [...run, '-Dorg.slf4j.simpleLogger.defaultLogLevel=warn', 'kafka.Kafka', properties],
    cwd: dataDir,
    env: process.env,
    logFile: join(dataDir, 'kafka.log'),
    probe: () => withAdmin([address(ports.plain)], (admin) => admin.listTopics()),
  });
  return {
    plain: address(ports.plain),
    ssl: address(ports.ssl),
    saslSsl: address(ports.saslSsl),
    async stop() {
      await server.stop();
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
}

interface Settings {
  readonly dataDir: string;
  readonly keystore: string;
  readonly truststore: string;
  readonly ports: {
    readonly plain: number;
    readonly ssl: number;
    readonly saslSsl: number;
    readonly controller: number;
  };
  readonly user: { readonly name: string; readonly password: string };
}

function propertiesOf({ dataDir, keystore, truststore, ports, user }: Settings): string {
  const at = (name: string, port: number) => `${name}://127.0.0.1:${String(port)}`;
  const listeners = [at('PLAINTEXT', ports.plain), at('SSL', ports.ssl), at('SASL_SSL', ports.saslSsl)].join(',');
  const login = (module: string) => `org.apache.kafka.common.security.${module} required`;
  const settings = {
    'process.roles': 'broker,controller',
    'node.id': '1',
    'controller.quorum.voters': `1@127.0.0.1:${String(ports.controller)}`,
    listeners: `${listeners},${at('CONTROLLER', ports.controller)}`,
    'advertised.listeners': listeners,
    'controller.listener.names': 'CONTROLLER',
    'listener.security.protocol.map': 'PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT,SSL:SSL,SASL_SSL:SASL_SSL',
    'inter.broker.listener.name': 'PLAINTEXT',
    'log.dirs': join(dataDir, 'log'),
    'offsets.topic.num.partitions': '1',
    'offsets.topic.replication.factor': '1',
    'group.initial.rebalance.delay.ms': '0',
    'ssl.keystore.type': 'PEM',
    'ssl.keystore.location': keystore,
    'ssl.truststore.type': 'PEM',
    'ssl.truststore.location': truststore,
    'listener.name.ssl.ssl.client.auth': 'required',
    'listener.name.sasl_ssl.sasl.enabled.mechanisms': MECHANISMS.join(','),
    'listener.name.sasl_ssl.plain.sasl.jaas.config': `${login('plain.PlainLoginModule')} user_${user.name}="${user.password}";`,
    'listener.name.sasl_ssl.scram-sha-256.sasl.jaas.config': `${login('scram.ScramLoginModule')};`,
    'listener.name.sasl_ssl.scram-sha-512.sasl.jaas.config': `${login('scram.ScramLoginModule')};`,
  };
  return Object.entries(settings)
    .map(([name, value]) => `${name}=${value}\n`)
    .join('');
}
