import { loadConfig } from '../../../config/load.ts';
import { ConfigurationError } from '../../../lifecycle/errors.ts';

const key = { OPENAI_API_KEY: 'key' };

test('every variable of ours has a default, but who answers: the one thing to say is the key or the URL', () => {
  expect(() => loadConfig({})).toThrow('OPENAI_API_KEY');
  expect(loadConfig({ WORKER_ROLE: 'none' }).workerRoles).toEqual([]);
  const config = loadConfig(key);
  expect(config.kafka.brokers).toEqual(['127.0.0.1:9092']);
  expect(config.kafka.inputTopics).toEqual(['llm.requests']);
  expect(config.temporal.namespace).toBe('default');
  expect(config.providers.inOrder).toMatchObject([{ name: 'openai', requestsPerMinute: undefined }]);
  expect(config.workerRoles).toEqual(['pipeline', 'llm', 'examples']);
});

test('a bad set of variables names every problem in one message', () => {
  const load = () =>
    loadConfig({
      KAFKA_BROKERS: ',',
      KAFKA_INPUT_TOPICS: 'requests,llm results',
      KAFKA_SASL_MECHANISM: 'gssapi',
      OPENAI_BASE_URL: 'file:///etc/passwd',
      LLM_REQUESTS_PER_MINUTE: 'many',
      MAX_OPEN_WORKFLOWS: '0',
      WORKER_ROLE: 'llm,cook',
      EXAMPLES_REFRESH_INTERVAL: '5 minutes',
      LOG_LEVEL: 'loud',
      LLM_TIMEOUT_MS: '9999999',
      LLM_PROVIDER: 'nobody',
    });
  expect(load).toThrow(ConfigurationError);
  for (const variable of [
    'KAFKA_BROKERS',
    'KAFKA_INPUT_TOPICS',
    'KAFKA_SASL_MECHANISM',
    'OPENAI_BASE_URL',
    'LLM_REQUESTS_PER_MINUTE',
    'MAX_OPEN_WORKFLOWS',
    'WORKER_ROLE',
    'EXAMPLES_REFRESH_INTERVAL',
    'LOG_LEVEL',
    'LLM_TIMEOUT_MS',
    'LLM_PROVIDER',
  ]) {
    expect(load).toThrow(variable);
  }
});

test.each([
  [
    'a mechanism without its password',
    { KAFKA_SASL_MECHANISM: 'plain', KAFKA_SASL_USERNAME: 'u' },
    'KAFKA_SASL_PASSWORD',
  ],
  ['the output topic as an input', { KAFKA_INPUT_TOPICS: 'llm.results' }, 'must all be different'],
  ['a plain http source of examples', { EXAMPLES_SOURCE: 'http://127.0.0.1/examples.json' }, 'https'],
  [
    'a Temporal certificate that is not there',
    { TEMPORAL_CONFIG_FILE: '/nowhere/at/all.toml', TEMPORAL_PROFILE: 'x' },
    'TEMPORAL',
  ],
  ['a broker without its port', { KAFKA_BROKERS: 'kafka-1:9092,kafka-2' }, 'KAFKA_BROKERS.1: must be host:port'],
  ['a folder of examples that is not there', { EXAMPLES_SOURCE: '/no/where' }, 'there is no folder /no/where'],
  ['a file in place of the folder', { EXAMPLES_SOURCE: 'package.json' }, 'package.json is not a folder'],
  ['a flag of Temporal that is neither', { TEMPORAL_TLS: 'maybe' }, 'TEMPORAL_TLS: must be true or false'],
  ['a port beyond the last one', { METRICS_PORT: '70000' }, 'METRICS_PORT: must be a port: a whole number from 0 to'],
  ['a port in words', { METRICS_PORT: 'any' }, 'METRICS_PORT: must be a port: a whole number from 0 to 65535'],
  ['a permission without an end', { ALLOW_REPLAY_UNTIL: 'true' }, 'ALLOW_REPLAY_UNTIL: must be a time such as'],
  ['a permission for years', { ALLOW_REPLAY_UNTIL: '2099-01-01T00:00:00Z' }, 'must be within the next 24 hours'],
])('variables that make no sense, alone or together, are refused: %s', (_, env, problem) => {
  expect(() => loadConfig(env as Record<string, string>)).toThrow(problem);
});

test('what contradicts is named beside what is wrong by itself', () => {
  const load = () =>
    loadConfig({ LOG_LEVEL: 'loud', KAFKA_SASL_MECHANISM: 'plain', KAFKA_OUTPUT_TOPIC: 'llm.requests' });
  for (const problem of ['LOG_LEVEL', 'KAFKA_SASL_PASSWORD', 'must all be different', 'OPENAI_API_KEY']) {
    expect(load).toThrow(problem);
  }
});

test('an empty variable counts as not set', () => {
  const { providers } = loadConfig({ ...key, LLM_REQUESTS_PER_MINUTE: '', KAFKA_BROKERS: '' });
  expect(providers.inOrder[0]?.requestsPerMinute).toBeUndefined();
});

test('remote publishing gives `all` the publish role', () => {
  expect(loadConfig({ ...key, PUBLISH_MODE: 'remote' }).workerRoles).toContain('publish');
  expect(loadConfig({ ...key, WORKER_ROLE: 'llm, publish' }).workerRoles).toEqual(['llm', 'publish']);
});

test('only who refreshes the examples needs their folder', () => {
  expect(loadConfig({ ...key, WORKER_ROLE: 'pipeline', EXAMPLES_SOURCE: '/no/where' }).examples.source).toBe(
    '/no/where',
  );
});

test('a permission to replay that has passed is none, and no mistake', () => {
  expect(loadConfig({ ...key, ALLOW_REPLAY_UNTIL: '2020-01-31T18:00:00+01:00' }).allowReplayUntil).toBeLessThan(
    Date.now(),
  );
});

test('brokers by name and address are taken', () => {
  const KAFKA_BROKERS = 'kafka-1.example:9092, 127.0.0.1:1, [::1]:9092';
  expect(loadConfig({ ...key, KAFKA_BROKERS }).kafka.brokers).toHaveLength(3);
});

test('a build id makes workers a version of the deployment, and none leaves them as they were', () => {
  expect(loadConfig(key).workerVersion).toBeUndefined();
  const env = { ...key, TEMPORAL_WORKER_BUILD_ID: '4f2c9e1' };
  expect(loadConfig(env).workerVersion).toEqual({ deploymentName: 'llm-kafka-pipeline', buildId: '4f2c9e1' });
  const bad = { ...key, TEMPORAL_WORKER_BUILD_ID: 'a:b', TEMPORAL_DEPLOYMENT_NAME: 'a.b' };
  for (const name of ['TEMPORAL_WORKER_BUILD_ID', 'TEMPORAL_DEPLOYMENT_NAME']) {
    expect(() => loadConfig(bad)).toThrow(name);
  }
});
