import { readFileSync } from 'node:fs';
import { loadConfig } from '../../config/load.ts';
import { startPipelineProcess } from '../../dev/stack/pipeline-process.ts';
import { createTopics, pipelineTopics } from '../../dev/stack/topics.ts';
import { createAuthority, type Certificate, type TestAuthority } from '../support/certificates.ts';
import { openPipelineBed, type PipelineBed } from '../support/pipeline-bed.ts';
import { createTestNamespace } from '../support/temporal-namespace.ts';
import { startSecuredKafka, type SecuredKafka } from '../support/secured-kafka.ts';
import { testStack } from '../support/stack.ts';

jest.setTimeout(120_000);

const USER = { name: 'pipeline', password: 'canary-password' };
const TOPICS = { input: 'tls.requests', output: 'tls.results', deadLetters: 'tls.dead-letters' };

let kafka: SecuredKafka;
let authority: TestAuthority;
let stranger: TestAuthority;
let client: Certificate;
let bed: PipelineBed;

beforeAll(async () => {
  [authority, stranger] = [await createAuthority('test'), await createAuthority('stranger')];
  client = await authority.issue('client');
  kafka = await startSecuredKafka(authority, USER);
  const env = {
    ...testStack().env,
    KAFKA_BROKERS: kafka.plain,
    KAFKA_INPUT_TOPICS: TOPICS.input,
    KAFKA_OUTPUT_TOPIC: TOPICS.output,
    KAFKA_DEAD_LETTER_TOPIC: TOPICS.deadLetters,
    KAFKA_EXAMPLES_TOPIC: 'tls.examples',
    KAFKA_GROUP_ID: 'tls',
    TEMPORAL_NAMESPACE: await createTestNamespace('tls'),
  };
  await createTopics([kafka.plain], pipelineTopics(loadConfig(env).kafka, 1));
  bed = await openPipelineBed('tls', { servers: { env, topics: TOPICS } });
});
afterAll(async () => {
  await bed.close();
  await kafka.stop();
});

const tls = (ca = authority.ca) => ({ KAFKA_SSL: 'true', KAFKA_SSL_CA_FILE: ca });
const sasl = (mechanism: string, password = USER.password) => ({
  KAFKA_BROKERS: kafka.saslSsl,
  ...tls(),
  KAFKA_SASL_MECHANISM: mechanism,
  KAFKA_SASL_USERNAME: USER.name,
  KAFKA_SASL_PASSWORD: password,
});
const mutual = ({ cert, key }: Certificate) => ({
  KAFKA_BROKERS: kafka.ssl,
  ...tls(),
  KAFKA_SSL_CERT_FILE: cert,
  KAFKA_SSL_KEY_FILE: key,
});

test.each<[string, () => Record<string, string>]>([
  ['PLAIN over TLS', () => sasl('plain')],
  ['SCRAM-SHA-256 over TLS', () => sasl('scram-sha-256')],
  ['SCRAM-SHA-512 over TLS', () => sasl('scram-sha-512')],
  ['a client certificate', () => mutual(client)],
])('a message goes in and its result comes out with %s', async (way, env) => {
  const id = way.replace(/\W+/g, '-');
  const pipeline = await bed.start('main.js', { env: env() });
  await bed.send({ value: JSON.stringify({ id, type: 'summarize', payload: { text: 'Over a line that is kept.' } }) });
  expect(String((await bed.resultOf(id)).value)).toContain('completed');
  expect(await pipeline.stop()).toBe(0);
  expect(readFileSync(pipeline.logFile, 'utf8')).not.toContain('canary');
});

test.each<{ what: string; env: () => Record<string, string> | Promise<Record<string, string>>; says: RegExp }>([
  {
    what: 'a wrong password',
    env: () => sasl('scram-sha-256', 'canary-guess'),
    says: /Kafka does not accept the credentials: .*\(KAFKA_SASL_MECHANISM, /,
  },
  {
    what: 'a wrong password, PLAIN',
    env: () => sasl('plain', 'canary-guess'),
    says: /Kafka does not accept the credentials: .*\(KAFKA_SASL_MECHANISM, /,
  },
  {
    what: 'a broker of another authority',
    env: () => ({ ...sasl('plain'), ...tls(stranger.ca) }),
    says: /The TLS connection to Kafka failed: .*certificate.*\(KAFKA_SSL_CA_FILE, /,
  },
  {
    what: 'a client certificate of another authority',
    env: async () => mutual(await stranger.issue('client')),
    // What comes first is the broker's reason, or the end of the connection.
    says: /Kafka.*\(KAFKA_.*KAFKA_SSL/,
  },
  {
    what: 'no client certificate where one is asked for',
    env: () => ({ KAFKA_BROKERS: kafka.ssl, ...tls() }),
    says: /The TLS connection to Kafka failed: .*\(KAFKA_SSL_CA_FILE, /,
  },
  {
    what: 'TLS to a port that does not speak it',
    env: () => ({ KAFKA_BROKERS: kafka.plain, ...tls() }),
    says: /Kafka.*\(KAFKA_/,
  },
  {
    what: 'no TLS to a port that does',
    env: () => ({ KAFKA_BROKERS: kafka.saslSsl }),
    says: /Kafka does not answer: .*\(KAFKA_BROKERS, KAFKA_SSL…\)/,
  },
])('$what ends the process with 75 and one sentence', async ({ env, says }) => {
  const bridge = await startPipelineProcess({ entry: 'bridge/main.js', env: { ...bed.env, ...(await env()) } });
  expect(await bridge.exited).toEqual({ code: 75, signal: null });
  const log = readFileSync(bridge.logFile, 'utf8');
  const fatal = log.split('\n').filter((line) => line.includes('"level":60'));
  expect(fatal).toHaveLength(1);
  expect((JSON.parse(fatal[0]!) as { err: { message: string } }).err.message).toMatch(says);
  expect(log).not.toContain('canary');
});
