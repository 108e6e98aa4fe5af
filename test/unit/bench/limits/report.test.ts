import { createLimitHistory } from '../../../../bench/limits/limit-history.ts';
import { limitsTable } from '../../../../bench/limits/report-table.ts';
import { toLimitsReport } from '../../../../bench/limits/report.ts';
import { createResultLog } from '../../../../bench/limits/result-log.ts';
import type { ContenderRun } from '../../../../bench/limits/run-contender.ts';
import { parseBenchOptions } from '../../../../bench/options.ts';

const T0 = 1_700_000_000_000;
const { limits: options } = parseBenchOptions(['--mode', 'limits', '--seconds', '20', '--workers', '2']);

/** A call a second for 20 s, each of another message with a result; the last one of the ten-second window is refused. */
function run(): ContenderRun {
  const ids = Array.from({ length: 20 }, (_, index) => `m-${String(index)}`);
  const outcomes = createResultLog();
  for (const id of ids.slice(0, 19)) outcomes.noteResult(id, T0);
  outcomes.noteResult('m-0', T0);
  return {
    calls: ids.map((id, index) => ({
      sequence: index + 1,
      startedAt: T0 + index * 1_000,
      endedAt: T0 + index * 1_000 + 200,
      status: index === 19 ? 429 : 200,
      aborted: false,
      fault: index === 19 ? 'rate-limit' : null,
      promptHash: id,
      requestId: null,
      askedTokens: 100,
      chargedTokens: index === 19 ? 0 : 100,
      inputTokens: index === 19 ? 0 : 60,
      outputTokens: index === 19 ? 0 : 10,
      cachedTokens: 0,
      prompt: `<text>\n${id}: The carrier`,
    })),
    history: createLimitHistory([{ fromMs: T0, limits: { requests: 600, tokens: 60_000 } }]),
    acknowledgedAt: new Map(ids.map((id) => [id, T0 - 500])),
    outcomes,
    lost: 0,
    unfinished: 1,
    unexpectedExits: 0,
    kills: 2,
    cpu: { contender: 0.12345, server: 0.5 },
  };
}

const figures = {
  utilisation: 0.09,
  ratio429: 0.05,
  maxSecondOverLimit: 0.1,
  maxSecondTokensOverLimit: 0.1,
  binding: 'requests',
  utilisationOf: { requests: 0.09, tokens: 0.09 },
  calls: 20,
  refused: 1,
  series: [
    { fromSecond: 0, calls: 10, utilisation: 0.1, ratio429: 0, maxSecondOverLimit: 0.1 },
    { fromSecond: 10, calls: 10, utilisation: 0.09, ratio429: 0.1, maxSecondOverLimit: 0.1 },
  ],
  wastedTokens: 0,
  waitMs: { p50: 9_500, p99: 18_500 },
  results: 19,
  duplicates: 1,
  deadLetters: 0,
  lost: 0,
  unfinished: 1,
  kills: 2,
  cpuPerSecond: { pipeline: 0.123, server: 0.5 },
};

test('the report has exactly the members that --json promises, the comparison the same figures', () => {
  expect(toLimitsReport(options, { pipeline: run(), comparison: run() })).toEqual({
    mode: 'limits',
    workers: 2,
    seconds: 20,
    requestsPerMinute: 600,
    tokensPerMinute: 60_000,
    mix: 'mixed',
    limits: 'configured',
    changes: [],
    killEverySeconds: null,
    ...figures,
    comparison: { ...figures, cpuPerSecond: { pipeline: 0.123, server: null } },
  });
});

describe('the table', () => {
  const conditions = { llmLatencyMs: 200, cores: 2, nodeVersion: '20.0.0' };

  it('shows the conditions, both contenders beside each other, and how it went', () => {
    const { limits: eventful } = parseBenchOptions(['--mode=limits', '--change-at', '30:0.5', '--kill-every', '20']);
    const report = toLimitsReport(eventful, { pipeline: run(), comparison: run() });
    const table = limitsTable(report, conditions);
    expect(table).toMatch(/^ +times 0\.5 after 30 s$/m);
    expect(table).toMatch(/^Killed +one llm worker every 20 s$/m);
    expect(table).toMatch(/^Answered 429 +5\.0 % \(1 of 20\) +5\.0 % \(1 of 20\)$/m);
    expect(table).toMatch(/^10 +9\.0 % +10\.0 % +9\.0 % +10\.0 %$/m);
  });

  it('has one column without a comparison, and never a figure that was not measured', () => {
    const unmeasured = { ...run(), calls: [], cpu: { contender: 0.1, server: undefined } };
    const table = limitsTable(toLimitsReport(options, { pipeline: unmeasured, comparison: undefined }), conditions);
    expect(table).toMatch(/^Wait p50 +not measured$/m);
    expect(table).toMatch(/^CPU, Temporal server +not measured$/m);
    expect(table).not.toMatch(/plain|null|NaN|undefined|Infinity/i);
  });
});
