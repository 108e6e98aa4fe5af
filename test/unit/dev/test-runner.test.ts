import { existsSync } from 'node:fs';
import { takeCounts, takeMatrixCounts } from '../../../dev/test/counts.ts';
import { GROUPS, parseTestOptions } from '../../../dev/test/options.ts';
import { temporaryFile } from '../../support/temporary-folder.ts';

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

  it('adds the fault matrix when it is asked to', () => {
    expect(parseTestOptions(['--faults']).groups).toEqual([...GROUPS, 'faults']);
    expect(parseTestOptions(['--only', 'unit', '--faults']).groups).toEqual(['unit', 'faults']);
  });

  it.each([['--only', 'units'], ['--only'], ['--only=']])('names the groups when asked for %s %s', (...args) => {
    expect(() => parseTestOptions(args)).toThrow(
      '--only takes one of check, unit, workflow, replay, integration, limits, faults.',
    );
  });
});

const report = (content: string) => temporaryFile('report.json', content);

describe('the counts of a jest run', () => {
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

describe('the counts of the fault matrix', () => {
  it('are its cases, and never none failed when the run failed', () => {
    expect(takeMatrixCounts(report('{"cases":15,"failed":2}'), false)).toEqual({ passed: 13, failed: 2, skipped: 0 });
    expect(takeMatrixCounts(report('{"cases":15,"failed":0}'), true)).toEqual({ passed: 15, failed: 0, skipped: 0 });
    expect(takeMatrixCounts('/nonexistent/report.json', false)).toEqual({ passed: 0, failed: 1, skipped: 0 });
  });
});
