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
])('variables that contradict each other are refused: %s', (_, env, problem) => {
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

test('a build id makes workers a version of the deployment, and none leaves them as they were', () => {
  expect(loadConfig(key).workerVersion).toBeUndefined();
  const env = { ...key, TEMPORAL_WORKER_BUILD_ID: '4f2c9e1' };
  expect(loadConfig(env).workerVersion).toEqual({ deploymentName: 'llm-kafka-pipeline', buildId: '4f2c9e1' });
  const bad = { ...key, TEMPORAL_WORKER_BUILD_ID: 'a:b', TEMPORAL_DEPLOYMENT_NAME: 'a.b' };
  for (const name of ['TEMPORAL_WORKER_BUILD_ID', 'TEMPORAL_DEPLOYMENT_NAME']) {
    expect(() => loadConfig(bad)).toThrow(name);
  }
});
