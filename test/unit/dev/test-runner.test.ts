import { existsSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { takeCounts } from '../../../dev/test/jest-counts.ts';
import { GROUPS, parseTestOptions } from '../../../dev/test/options.ts';

describe('the options of npm test', () => {
  it('runs every group, and passes what is not its own to jest', () => {
    expect(parseTestOptions(['-t', 'a promise', 'test/unit/x.test.ts'])).toEqual({
      groups: GROUPS,
      jestArguments: ['-t', 'a promise', 'test/unit/x.test.ts'],
    });
  });

  it('takes --only in both spellings, more than once', () => {
    expect(parseTestOptions(['--only', 'unit', '--only=replay', '--verbose'])).toEqual({
      groups: ['unit', 'replay'],
      jestArguments: ['--verbose'],
    });
  });

  it.each([['--only', 'units'], ['--only'], ['--only=']])('names the groups when asked for %s %s', (...args) => {
    expect(() => parseTestOptions(args)).toThrow(
      '--only takes one of check, unit, workflow, replay, integration, limits.',
    );
  });
});

describe('the counts of a jest run', () => {
  const report = (content: string) => {
    const file = join(mkdtempSync(join(tmpdir(), 'counts-')), 'report.json');
    writeFileSync(file, content);
    return file;
  };
  const numbers = { numPassedTests: 7, numFailedTests: 0, numPendingTests: 2, numTodoTests: 1 };

  it('lists skipped and planned tests as skipped', () => {
    const file = report(JSON.stringify({ ...numbers, numRuntimeErrorTestSuites: 0 }));
    expect(takeCounts(file, true)).toEqual({ passed: 7, failed: 0, skipped: 3 });
    expect(existsSync(file)).toBe(false);
  });

  it('counts a file that does not load as a failure', () => {
    const file = report(JSON.stringify({ ...numbers, numFailedTests: 1, numRuntimeErrorTestSuites: 2 }));
    expect(takeCounts(file, false)).toEqual({ passed: 7, failed: 3, skipped: 3 });
  });

  it('never calls a failed run clean, even without a report or with one that shows no failure', () => {
    expect(takeCounts('/nonexistent/report.json', false).failed).toBe(1);
    expect(takeCounts(report('{"numPass'), false).failed).toBe(1);
    expect(takeCounts(report(JSON.stringify({ ...numbers, numRuntimeErrorTestSuites: 0 })), false).failed).toBe(1);
  });
});
