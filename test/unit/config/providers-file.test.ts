import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadConfig } from '../../../config/load.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'providers-'));
});
afterAll(() => {
  rmSync(folder, { recursive: true });
});

function load(text: string, env: Readonly<Record<string, string>> = {}) {
  const file = join(folder, 'providers.yaml');
  writeFileSync(file, text);
  return loadConfig({ PROVIDERS_FILE: file, ...env });
}

/** The lines of the one message, without the file's name. */
function problemsOf(text: string, env: Readonly<Record<string, string>> = {}): string[] {
  try {
    load(text, env);
  } catch (error) {
    const [, ...lines] = (error as Error).message.split('\n');
    return lines.map((line) => line.trim().replace(/^PROVIDERS_FILE: \S+: /, ''));
  }
  return [];
}

test('a file takes the place of the one provider of the environment, with its secrets taken from there', () => {
  const text = `
providers:
  - name: main
    baseUrl: https://gateway.example/v1
    apiKey: \${MAIN_KEY}
    model: gpt-4o-mini
    requestsPerMinute: \${MAIN_RPM}
    tokensPerMinute: 60000
    maxConcurrency: 20
  - { name: spare, model: "\${SPARE_MODEL}-mini", baseUrl: "https://x.openai.azure.com/openai/v1" }
  - { name: large, model: long-one }
fallback: { maxWaitMs: "\${MAX_WAIT}" }
contextLength: [large]
ceiling: { requestsPerMinute: 900 }
`;
  const env = {
    MAIN_KEY: 'k: "1"',
    MAIN_RPM: '600',
    MAX_WAIT: '5000',
    SPARE_MODEL: 'gpt',
    LLM_MODEL: 'ignored',
    LLM_MAX_CONCURRENCY: '7',
  };
  const main = { name: 'main', kind: 'openai', baseUrl: 'https://gateway.example/v1', model: 'gpt-4o-mini' };
  expect(load(text, env).providers).toEqual({
    inOrder: [
      {
        ...main,
        ...{ apiKey: 'k: "1"', requestsPerMinute: 600, tokensPerMinute: 60_000 },
        ...{ tokenCounting: 'larger', maxConcurrency: 20 },
      },
      {
        ...{ name: 'spare', kind: 'openai', baseUrl: 'https://x.openai.azure.com/openai/v1', model: 'gpt-mini' },
        ...{ tokenCounting: 'sum', maxConcurrency: 7 },
      },
    ],
    forLongMessages: [{ name: 'large', kind: 'openai', model: 'long-one', tokenCounting: 'larger', maxConcurrency: 7 }],
    maxWaitMs: 5_000,
    ceiling: { requestsPerMinute: 900 },
  });
});

test('JSON will do, and one provider with a name and a model', () => {
  const { providers } = load('{"providers": [{"name": "main", "model": "m"}]}');
  expect(providers).toMatchObject({ inOrder: [{ name: 'main' }], forLongMessages: [], maxWaitMs: 10_000 });
  expect(providers.ceiling).toBeUndefined();
});

test('everything that is wrong is named in one message, with its place and beside the other variables', () => {
  const problems = problemsOf(
    `
providers:
  - { name: all, model: m }
  - { name: "two words", model: m, kind: telepathy, apiKey: "\${NOT_SET}", requestsPerMinute: 0 }
  - { name: twice, baseUrl: "file:///etc/passwd", tokensPerMinute: many, color: red }
  - { name: twice, model: m, tokenCounting: twofold, maxConcurrency: 9999 }
fallback: { maxWaitMs: -1 }
contextLength: [nobody, twice, twice]
ceiling: {}
`,
    { LOG_LEVEL: 'loud' },
  );
  expect(problems).toEqual([
    expect.stringMatching(/^LOG_LEVEL/),
    'providers.1.apiKey: ${NOT_SET} is not set in the environment',
    'providers.0.name: must not be "all", which is the ceiling\'s',
    'providers.1.name: must be 1 to 64 of A-Z a-z 0-9 . _ -',
    'providers.1.kind: must be one of openai',
    'providers.1.requestsPerMinute: must be above 0',
    'providers.2.baseUrl: must be an http or https URL',
    'providers.2.model: must be text',
    'providers.2.tokensPerMinute: must be a whole number',
    expect.stringMatching(/^providers\.2: .*color/),
    'providers.3.tokenCounting: must be larger or sum',
    'providers.3.maxConcurrency: must be at most 2000',
    'fallback.maxWaitMs: must not be below 0',
    'ceiling: must have requestsPerMinute or tokensPerMinute',
    'providers.3.name: must be unique',
    'contextLength.0: is no provider of the list',
    'contextLength.2: must be unique',
  ]);
});

test.each([
  ['not YAML', 'providers: [\n  - {', 'is not YAML: '],
  ['empty', '', 'expected object'],
  [
    'without a provider for usual messages',
    'providers: [{name: a, model: m}]\ncontextLength: [a]',
    'must leave a provider',
  ],
])('a file that is %s is refused', (_, text, problem) => {
  expect(problemsOf(text).join()).toContain(problem);
});

test.each([
  ['from the environment', 'providers: [{name: "${KEY}", kind: "${KEY}", baseUrl: "${KEY}", model: m, "x": "${KEY}"}]'],
  ['in the file', 'providers: [{name: a, apiKey: [hunter 2 is it], model: m, tokensPerMinute: hunter 2 is it}]'],
  ['in what is not YAML', 'providers:\n  - apiKey: hunter 2 is it\n hunter 2 is it: *hunter 2 is it'],
  ['as an alias', 'providers: [{name: a, apiKey: *hunter 2 is it, model: m}]'],
])('a secret is in no message: %s', (_, text) => {
  const problems = problemsOf(text, { KEY: 'hunter 2 is it' });
  expect(problems.length).toBeGreaterThan(0);
  expect(problems.join('\n')).not.toContain('hunter');
});

test('who calls no provider need not have the file', () => {
  const env = { PROVIDERS_FILE: '/nowhere/at/all' };
  expect(loadConfig({ ...env, WORKER_ROLE: 'pipeline' }).workerRoles).toEqual(['pipeline']);
  expect(() => loadConfig({ ...env, WORKER_ROLE: 'llm' })).toThrow(
    'PROVIDERS_FILE: /nowhere/at/all: cannot be read (ENOENT)',
  );
});

test('docker-compose.yml mounts a sample that is one', () => {
  const env = { OPENAI_API_KEY: 'a', SPARE_BASE_URL: 'https://spare.example/v1', SPARE_API_KEY: 'b' };
  const { inOrder } = loadConfig({ PROVIDERS_FILE: 'deploy/settings/providers.yaml', ...env }).providers;
  expect(inOrder.map(({ name, apiKey }) => [name, apiKey])).toEqual([
    ['main', 'a'],
    ['spare', 'b'],
  ]);
});

test('the example of the operations manual is one', () => {
  const [, example = ''] = /```yaml\n(providers:.*?)```/s.exec(readFileSync('docs/operations.md', 'utf8')) ?? [];
  const env = { MAIN_API_KEY: 'a', SPARE_API_KEY: 'b', OPENAI_API_KEY: 'c' };
  const { inOrder, forLongMessages } = load(example, env).providers;
  expect(inOrder.map(({ name, tokenCounting }) => [name, tokenCounting])).toEqual([
    ['main', 'larger'],
    ['spare', 'sum'],
  ]);
  expect(forLongMessages.map(({ name }) => name)).toEqual(['large']);
});
