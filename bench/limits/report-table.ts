import type { ContenderFigures, LimitsReport } from './report.ts';

/** Beside the report, what its figures were measured under. */
export interface LimitsConditions {
  readonly llmLatencyMs: number;
  readonly cores: number;
  readonly nodeVersion: string;
}

type Row = readonly string[];

/** For people: conditions first, then a line for each figure, the comparison beside it, and how it went over time. */
export function limitsTable(report: LimitsReport, conditions: LimitsConditions): string {
  const contenders = [report, ...(report.comparison === null ? [] : [report.comparison])];
  return [
    table(conditionRows(report, conditions)),
    table([['', 'pipeline', 'plain consumer'].slice(0, contenders.length + 1), ...figureRows(contenders)]),
    table([
      ['second', ...contenders.flatMap(() => ['utilisation', '429'])],
      ...report.series.map(({ fromSecond }, index) => [
        String(fromSecond),
        ...contenders.flatMap(({ series }) => [percent(series[index]?.utilisation), percent(series[index]?.ratio429)]),
      ]),
    ]),
  ].join('\n\n');
}

function conditionRows(report: LimitsReport, { llmLatencyMs, cores, nodeVersion }: LimitsConditions): Row[] {
  const { requestsPerMinute, tokensPerMinute, changes, killEverySeconds } = report;
  const told = report.limits === 'configured' ? 'told by configuration' : 'not told: from headers only';
  const { workers } = report;
  return [
    ['Limits', `${String(requestsPerMinute)} requests, ${String(tokensPerMinute)} tokens a minute; ${told}`],
    ...changes.map(({ atSecond, factor }) => ['', `times ${String(factor)} after ${String(atSecond)} s`]),
    ['Load', `always a backlog, ${report.mix} prompts, for ${String(report.seconds)} s`],
    ['LLM', `stand-in, ${String(llmLatencyMs)} ms`],
    ['Pipeline', `${count(workers, 'llm worker')}, a pipeline worker, a bridge`],
    ...(report.comparison === null
      ? []
      : [['Plain consumer', `${count(workers, 'process', 'processes')}, openai retries`]]),
    ...(killEverySeconds === null ? [] : [['Killed', `one llm worker every ${String(killEverySeconds)} s`]]),
    ['Machine', `${String(cores)} cores for everything, Node ${nodeVersion}`],
  ];
}

function figureRows(contenders: readonly ContenderFigures[]): Row[] {
  const row = (label: string, toCell: (figures: ContenderFigures) => string): Row => [label, ...contenders.map(toCell)];
  return [
    row('Utilisation', ({ utilisation, binding }) => `${percent(utilisation)} of the ${binding}`),
    row('  of requests, of tokens', ({ utilisationOf: of }) => `${percent(of.requests)}, ${percent(of.tokens)}`),
    row(
      'Answered 429',
      ({ ratio429, refused, calls }) => `${percent(ratio429)} (${String(refused)} of ${String(calls)})`,
    ),
    row('Largest second, requests', ({ maxSecondOverLimit: times }) => `${String(times)} × the limit`),
    row('Largest second, tokens', ({ maxSecondTokensOverLimit: times }) => `${String(times)} × the limit`),
    row('Wasted tokens', ({ wastedTokens }) => String(wastedTokens)),
    row('Wait p50', ({ waitMs }) => milliseconds(waitMs?.p50)),
    row('Wait p99', ({ waitMs }) => milliseconds(waitMs?.p99)),
    row('Results', ({ results }) => String(results)),
    row('Lost, unfinished', ({ lost, unfinished }) => `${String(lost)}, ${String(unfinished)}`),
    row('Dead letters, duplicates', ({ deadLetters, duplicates }) => `${String(deadLetters)}, ${String(duplicates)}`),
    row('Kills', ({ kills }) => String(kills)),
    row('CPU, its processes', ({ cpuPerSecond }) => `${String(cpuPerSecond.pipeline)} s a second`),
    row('CPU, Temporal server', ({ cpuPerSecond: { server } }) =>
      server === null ? 'not measured' : `${String(server)} s a second`,
    ),
  ];
}

function table(rows: readonly Row[]): string {
  const widths: number[] = [];
  for (const row of rows) {
    for (const [column, cell] of row.entries()) widths[column] = Math.max(widths[column] ?? 0, cell.length);
  }
  return rows
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

const percent = (share: number | undefined) => (share === undefined ? '' : `${(share * 100).toFixed(1)} %`);
const milliseconds = (ms: number | undefined) => (ms === undefined ? 'not measured' : `${String(ms)} ms`);
const count = (number: number, one: string, many = `${one}s`) => `${String(number)} ${number === 1 ? one : many}`;
