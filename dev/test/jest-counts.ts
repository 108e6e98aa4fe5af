import { readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface Counts {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

/** The members of jest's `--json` report that are used here. */
interface JestReport {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly numPendingTests: number;
  readonly numTodoTests: number;
  /** Files that did not even load: their tests were not counted. */
  readonly numRuntimeErrorTestSuites: number;
}

export const reportFile = (name: string) => join(tmpdir(), `jest-${String(process.pid)}-${name}.json`);

/**
 * Reads and deletes a report. A run that failed counts at least one failure, whatever its report says: a global setup
 * that throws leaves no report at all.
 */
export function takeCounts(file: string, succeeded: boolean): Counts {
  let report: JestReport | undefined;
  try {
    report = JSON.parse(readFileSync(file, 'utf8')) as JestReport;
    rmSync(file);
  } catch {
    // No report: the run ended before its end.
  }
  const failed = (report?.numFailedTests ?? 0) + (report?.numRuntimeErrorTestSuites ?? 0);
  return {
    passed: report?.numPassedTests ?? 0,
    failed: succeeded ? failed : Math.max(1, failed),
    skipped: (report?.numPendingTests ?? 0) + (report?.numTodoTests ?? 0),
  };
}
