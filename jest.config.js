// Sources are ES modules; swc turns them into CommonJS for the tests only, so that a plain `npx jest` works.
const project = (name, extra = {}) => ({
  displayName: name,
  testEnvironment: 'node',
  testMatch: [`<rootDir>/test/${name}/**/*.test.ts`],
  testPathIgnorePatterns: ['/node_modules/', '/dist/'],
  modulePathIgnorePatterns: ['<rootDir>/dist/'],
  transform: {
    '^.+\\.ts$': [
      '@swc/jest',
      {
        jsc: { target: 'es2022', parser: { syntax: 'typescript' } },
        module: { type: 'commonjs' },
        sourceMaps: 'inline',
      },
    ],
  },
  ...extra,
});

/** Real servers, started once for the whole run: see test/support/global-setup.ts. */
const withServers = {
  globalSetup: '<rootDir>/test/support/global-setup.ts',
  globalTeardown: '<rootDir>/test/support/global-teardown.ts',
  setupFilesAfterEnv: ['<rootDir>/test/support/server-tests.ts'],
};

export default {
  // Beyond what a busy machine makes of a test that takes a second.
  testTimeout: 20_000,
  testSequencer: '<rootDir>/test/support/longest-first.js',
  projects: [
    project('unit'),
    project('replay'),
    project('workflow', withServers),
    project('integration', withServers),
    project('limits', withServers),
  ],
};
