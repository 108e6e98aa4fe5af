import { renderTable, type Column } from '../dev/demo/table.ts';
import type { CaseOutcome } from './run-case.ts';

/** What `--json` prints: its member names are outside names. */
export interface MatrixReport {
  readonly cases: number;
  readonly fired: number;
  readonly messages: number;
  readonly lost: number;
  readonly altered: number;
  readonly duplicates: number;
  readonly llmCallsOverFaults: number;
  readonly seeds: readonly number[];
  readonly failed: number;
  /** Failed cases of which nothing is known: all their inputs are in `lost`, and nothing of theirs in the other figures. */
  readonly unjudged: number;
  readonly seconds: number;
  readonly details: readonly CaseOutcome[];
}

export function toReport(outcomes: readonly CaseOutcome[], seeds: readonly number[]): MatrixReport {
  const sum = (figure: (outcome: CaseOutcome) => number) => outcomes.reduce((total, one) => total + figure(one), 0);
  return {
    cases: outcomes.length,
    fired: sum((one) => one.fired),
    messages: sum((one) => one.messages),
    lost: sum((one) => one.lost),
    altered: sum((one) => one.altered),
    duplicates: sum((one) => one.duplicates),
    llmCallsOverFaults: sum((one) => one.llmCallsOverFaults),
    seeds,
    failed: outcomes.filter(({ problems }) => problems.length > 0).length,
    unjudged: outcomes.filter(({ judged }) => !judged).length,
    seconds: Math.round(sum((one) => one.seconds)),
    details: outcomes,
  };
}

const COLUMNS: readonly Column[] = [
  { title: 'case', max: 40 },
  ...['seed', 'fired', 'messages', 'lost', 'altered', 'duplicates', 'calls', 'over', 'seconds'].map((title) => ({
    title,
    max: 10,
    right: true,
  })),
  { title: '', max: 8 },
];

export function reportTable({ details, failed, cases }: MatrixReport): string {
  const rows = details.map((one) => [
    ...[one.name, one.seed, one.fired, one.messages, one.lost],
    ...[one.altered, one.duplicates, one.calls, one.llmCallsOverFaults].map((figure) => (one.judged ? figure : '?')),
    ...[one.seconds.toFixed(0), one.problems.length === 0 ? 'ok' : 'FAILED'],
  ]);
  const table = renderTable(
    COLUMNS,
    rows.map((row) => row.map(String)),
    150,
  );
  const counts = `${String(cases - failed)} passed, ${String(failed)} failed`;
  return [...table, '', counts].join('\n');
}

/** One case as it ends: what it broke, and what that broke. */
export function caseLine(one: CaseOutcome): string {
  const failed = one.problems.length > 0;
  const head = `${failed ? 'FAILED' : 'ok'}  ${one.name}  seed ${String(one.seed)}, ${String(one.messages)} messages, ${one.seconds.toFixed(1)} s`;
  const phases = Object.entries(one.phases).map(([phase, seconds]) => `${phase} ${seconds.toFixed(1)}`);
  const evidence = one.evidence.slice(0, 8).map((line) => `      ${line}`);
  const figures = Object.entries(one.figures).map(([name, value]) => `      ${name}: ${String(value)}`);
  const problems = failed ? [...one.problems.map((line) => `    ! ${line}`), `    ! logs: ${one.logDir}`] : [];
  return [head, `      ${phases.join(', ')} s`, ...evidence, ...figures, ...problems].join('\n');
}
