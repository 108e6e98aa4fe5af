import jestConfig from './jest.config.js';

const unit = jestConfig.projects.find(({ displayName }) => displayName === 'unit');

/** Each module with the tests that are about it: what others happen to notice of it is no promise. */
const MODULES = {
  'contracts/message-id.ts': ['contracts/message-id'],
  'bridge/watermark.ts': ['bridge/watermark'],
  'bridge/decode-record.ts': ['bridge/decode-record'],
  'providers/error-table.ts': ['providers/error-table'],
  'providers/minute-window.ts': ['providers/minute-window', 'providers/limits.properties'],
  'providers/pace.ts': ['providers/pace', 'providers/limits.properties'],
  'providers/rate-limit-headers.ts': ['providers/rate-limit-headers', 'providers/retry-delay.properties'],
  'providers/retry-after.ts': ['providers/retry-after', 'providers/retry-delay.properties'],
  'providers/scrub.ts': ['providers/scrub'],
};
const tests = [...new Set(Object.values(MODULES).flat())];

/** `npm run test:mutation`: a change of one of these modules that no test notices is printed. See docs/reliability.md. */
export default {
  mutate: Object.keys(MODULES),
  testRunner: 'jest',
  plugins: ['@stryker-mutator/jest-runner'],
  jest: {
    projectType: 'custom',
    config: {
      ...unit,
      // It adds this to what jest.config.js says: all its projects would run the tests.
      projects: [],
      testMatch: tests.map((name) => `<rootDir>/test/unit/${name}?(.properties).test.ts`),
      testTimeout: jestConfig.testTimeout,
    },
  },
  coverageAnalysis: 'perTest',
  reporters: ['clear-text'],
  clearTextReporter: { allowColor: false, reportTests: false },
  tempDirName: '.stryker-tmp',
  concurrency: 1,
  thresholds: { high: 90, low: 80, break: 80 },
};
