import js from '@eslint/js';
import prettier from 'eslint-config-prettier';
import { defineConfig } from 'eslint/config';
import tseslint from 'typescript-eslint';

/**
 * What each folder may import. A folder that is not named may not be imported: the arrows point from the processes
 * towards `contracts/`, never back, and a workflow can never reach code with side effects.
 *
 * folders  imported freely      types  `import type` only      npm  packages (and their sub-paths)
 * node     whether Node's built-ins are allowed                except  single modules: regex of the path → why
 */
const ARROWS = {
  contracts: { folders: [], types: [], npm: ['zod', '@temporalio/common'], node: true },
  telemetry: { folders: [], types: ['contracts'], npm: ['pino', 'prom-client'], node: true },
  config: { folders: ['contracts', 'lifecycle'], types: [], npm: ['zod', 'yaml', '@temporalio/envconfig'], node: true },
  lifecycle: { folders: ['config', 'telemetry'], types: ['temporal'], npm: [], node: true },
  blobs: { folders: ['lifecycle'], types: ['config', 'telemetry'], npm: ['@aws-sdk/client-s3'], node: true },
  temporal: {
    folders: ['blobs', 'contracts', 'lifecycle'],
    types: ['config', 'telemetry'],
    npm: ['activity', 'client', 'common', 'proto', 'worker'].map((name) => `@temporalio/${name}`),
    node: true,
  },
  processors: { folders: ['contracts'], types: ['providers'], npm: ['zod', '@cfworker/json-schema'], node: false },
  providers: {
    folders: ['contracts', 'lifecycle'],
    types: ['config', 'telemetry'],
    npm: ['openai', 'undici'],
    node: true,
  },
  cache: {
    // The port's error and the deadline of a call are values.
    folders: ['contracts', 'providers'],
    types: ['telemetry'],
    npm: ['@redis/client', 'lru-cache'],
    node: true,
  },
  accounting: {
    folders: ['contracts', 'providers/provider.ts'],
    types: ['config', 'telemetry'],
    npm: [],
    node: true,
  },
  kafka: {
    folders: ['contracts', 'lifecycle'],
    types: ['config', 'telemetry'],
    npm: ['kafkajs', '@bokuweb/zstd-wasm', 'lz4-napi', 'snappy'],
    node: true,
  },
  examples: {
    folders: ['contracts', 'processors', 'kafka', 'lifecycle'],
    types: ['config', 'telemetry'],
    npm: ['zod', 'yaml', 'kafkajs'],
    node: true,
  },
  workflows: {
    folders: ['contracts'],
    types: ['activities'],
    npm: ['@temporalio/workflow'],
    node: false,
    except: {
      'contracts/(?:input-message|message-id)\\.ts':
        'It loads zod or node:crypto, which the workflow sandbox does not carry: use its types only.',
    },
  },
  activities: {
    // The two ports are values because their error classes are told apart by instanceof.
    folders: [
      'accounting',
      'contracts',
      'processors',
      'examples',
      'providers/provider.ts',
      'kafka/publish-dead-letter.ts',
      'kafka/record-publisher.ts',
    ],
    types: ['config', 'telemetry', 'providers', 'kafka'],
    npm: ['@temporalio/activity', '@temporalio/common', 'lru-cache', 'zod'],
    node: true,
  },
  bridge: {
    folders: ['blobs', 'contracts', 'kafka', 'lifecycle', 'telemetry', 'temporal'],
    types: ['config', 'workflows'],
    npm: ['@temporalio/client', '@temporalio/common'],
    node: true,
  },
  workers: {
    folders: [
      ...['contracts', 'kafka', 'lifecycle', 'telemetry', 'temporal'],
      ...['accounting', 'activities', 'blobs', 'cache', 'examples', 'processors', 'providers'],
    ],
    types: ['config', 'workflows'],
    npm: [
      '@temporalio/client',
      '@temporalio/common',
      '@temporalio/worker',
      '@temporalio/workflow',
      '@temporalio/activity',
      'lru-cache',
    ],
    node: true,
  },
  'codec-server': {
    folders: ['blobs', 'lifecycle', 'temporal'],
    types: [],
    npm: ['@temporalio/common', 'zod'],
    node: true,
  },
  ctl: {
    folders: ['blobs', 'config', 'contracts', 'lifecycle', 'temporal'],
    types: ['workflows'],
    npm: ['@temporalio/client', '@temporalio/common'],
    node: true,
  },
};

/** `../` any number of times, then one of these paths; a folder stands for everything in it. */
const under = (paths) =>
  `(?:${paths.map((path) => (path.endsWith('.ts') ? path.replace('.', '\\.') : `${path}/`)).join('|')})`;
const UP = '^(?:\\.\\./)+';

function arrowPatterns(folder, { folders, types, npm, node, except = {} }) {
  const named = [folder, ...folders, ...types];
  const patterns = [
    {
      regex: `${UP}(?!${under(named)})[A-Za-z]`,
      message: `${folder}/ may not import this: see ARROWS in eslint.config.js.`,
    },
    {
      regex: `^(?!\\.|node:)(?!(?:${[...npm, '$none'].join('|')})(?:/|$))`,
      message: `${folder}/ uses only these packages: ${npm.join(', ') || 'none'}.`,
    },
    ...Object.entries(except).map(([path, message]) => ({ regex: `${UP}${path}`, message, allowTypeImports: true })),
  ];
  const typesOnly = types.filter((path) => !folders.includes(path));
  if (typesOnly.length > 0) {
    const free = folders.length > 0 ? `(?!${under(folders)})` : '';
    patterns.push({
      regex: `${UP}${free}${under(typesOnly)}`,
      message: `${folder}/ may import only types from there ("import type").`,
      allowTypeImports: true,
    });
  }
  patterns.push(
    node
      ? { regex: '^node:process$', message: 'The global process is meant; its environment is read in config/ only.' }
      : { regex: '^node:', message: `${folder}/ is pure: no built-in modules of Node.` },
  );
  return patterns;
}

const arrows = Object.entries(ARROWS).map(([folder, rules]) => ({
  name: `arrows/${folder}`,
  files: [`${folder}/**/*.ts`],
  rules: { '@typescript-eslint/no-restricted-imports': ['error', { patterns: arrowPatterns(folder, rules) }] },
}));

const ENVIRONMENT = 'MemberExpression[object.name="process"][property.name="env"]';
const noEnvironment = (selector, message) => ({
  'no-restricted-syntax': [
    'error',
    { selector, message },
    { selector: 'VariableDeclarator[init.name="process"]', message },
  ],
});

const NODE_GLOBALS = Object.fromEntries(
  ['AbortController', 'AbortSignal', 'Buffer', 'URL', 'clearTimeout', 'console', 'fetch', 'process', 'setTimeout'].map(
    (name) => [name, 'readonly'],
  ),
);

export default defineConfig(
  { ignores: ['dist/', 'coverage/', 'node_modules/', '.stryker-tmp/', 'test/replay/histories/'] },
  js.configs.recommended,
  {
    name: 'typescript',
    files: ['**/*.ts'],
    extends: [tseslint.configs.strictTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      '@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'separate-type-imports' }],
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
    },
  },
  {
    name: 'plain JavaScript: configuration, and scripts that run before anything is installed',
    files: ['**/*.js', '**/*.mjs'],
    languageOptions: { globals: NODE_GLOBALS },
  },
  {
    name: 'size and shape',
    rules: {
      'max-params': ['error', 3],
      'max-lines': ['error', { max: 300, skipBlankLines: true, skipComments: true }],
      'max-lines-per-function': ['error', { max: 60, skipBlankLines: true, skipComments: true }],
      'no-console': 'error',
      eqeqeq: 'error',
    },
  },
  {
    name: 'environment: read in config/, nowhere else',
    files: ['**/*.ts'],
    ignores: ['config/**', 'dev/**', 'bench/**', 'faults/**', 'test/**', '**/main.ts'],
    rules: noEnvironment(ENVIRONMENT, 'process.env is read in config/ only: take the configuration as an argument.'),
  },
  {
    name: 'environment: an entry passes it on whole',
    files: ['**/main.ts'],
    ignores: ['dev/**', 'bench/**', 'faults/**'],
    rules: noEnvironment(
      'MemberExpression[object.object.name="process"][object.property.name="env"]',
      'An entry hands process.env as a whole to config/; it reads no variable itself.',
    ),
  },
  ...arrows,
  { name: 'a list, not logic', files: ['telemetry/metrics.ts'], rules: { 'max-lines-per-function': 'off' } },
  { name: 'programs for people', files: ['dev/**', 'bench/**', 'faults/**'], rules: { 'no-console': 'off' } },
  {
    name: 'tests',
    files: ['test/**/*.ts'],
    rules: {
      'max-lines': ['error', { max: 400, skipBlankLines: true, skipComments: true }],
      // A describe block is a function to the linter; the tests in it are what should be short.
      'max-lines-per-function': 'off',
      // A fake has to be async because its port is.
      '@typescript-eslint/require-await': 'off',
      '@typescript-eslint/no-empty-function': 'off',
      // A wrong `!` throws, and that fails the test.
      '@typescript-eslint/no-non-null-assertion': 'off',
      'no-restricted-properties': [
        'error',
        ...['mock', 'doMock', 'unstable_mockModule', 'setMock'].map((property) => ({
          object: 'jest',
          property,
          message: 'Pass a fake through the factory instead of patching modules.',
        })),
      ],
    },
  },
  {
    name: 'tests wait for conditions, not for time',
    files: ['test/**/*.ts'],
    ignores: ['test/support/**'],
    rules: {
      'no-restricted-globals': ['error', { name: 'setTimeout', message: 'Wait with test/support/wait-until.ts.' }],
      '@typescript-eslint/no-restricted-imports': [
        'error',
        { patterns: [{ regex: '^(?:node:)?timers', message: 'Wait with test/support/wait-until.ts.' }] },
      ],
    },
  },
  prettier,
);
