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

/** The members of the fault matrix's report that are used here. */
interface MatrixReport {
  readonly cases: number;
  readonly failed: number;
}

export const reportFile = (name: string) => join(tmpdir(), `tests-${String(process.pid)}-${name}.json`);

/**
 * Reads and deletes a report. A run that failed counts at least one failure, whatever its report says: a global setup
 * that throws leaves no report at all.
 */
export function takeCounts(file: string, succeeded: boolean): Counts {
  const report = take(file) as JestReport | undefined;
  const failed = (report?.numFailedTests ?? 0) + (report?.numRuntimeErrorTestSuites ?? 0);
  return {
    passed: report?.numPassedTests ?? 0,
    failed: succeeded ? failed : Math.max(1, failed),
    skipped: (report?.numPendingTests ?? 0) + (report?.numTodoTests ?? 0),
  };
}

/** The same for the fault matrix. */
export function takeMatrixCounts(file: string, succeeded: boolean): Counts {
  const { cases = 0, failed = 0 } = (take(file) as MatrixReport | undefined) ?? {};
  return { passed: cases - failed, failed: succeeded ? failed : Math.max(1, failed), skipped: 0 };
}

/** `undefined`: the run ended before its end. */
function take(file: string): unknown {
  try {
    const report = JSON.parse(readFileSync(file, 'utf8')) as unknown;
    rmSync(file);
    return report;
  } catch {
    return undefined;
  }
}
