import { percentilesOf } from '../../../../bench/percentiles.ts';
import { reportTable } from '../../../../bench/throughput/report-table.ts';
import { toReport, type Measurements } from '../../../../bench/throughput/report.ts';

/** Four messages sent at 1,000 … 1,300; results after 250 ms, 250 ms, 300 ms; the last one is a dead letter. */
const measured: Measurements = {
  mode: 'backlog',
  messages: 4,
  sent: {
    firstSentAt: 1_000,
    acknowledgedAt: new Map([
      ['a', 1_010],
      ['b', 1_110],
      ['c', 1_210],
      ['d', 1_310],
    ]),
  },
  tally: {
    resultAt: new Map([
      ['a', 1_260],
      ['b', 1_360],
      ['c', 1_510],
    ]),
    deadLetters: 1,
    lost: 0,
    duplicates: 2,
  },
  llmCalls: 5,
  usage: {
    before: { pipeline: { cpuSeconds: 10, peakRssMiB: 100 }, server: { cpuSeconds: 3, peakRssMiB: 50 } },
    after: { pipeline: { cpuSeconds: 10.06, peakRssMiB: 210.4 }, server: { cpuSeconds: 3.02, peakRssMiB: 80.6 } },
  },
  historyEvents: 14.021,
};

const conditions = {
  load: 'backlog: 4 messages',
  llmLatencyMs: 200,
  llmConcurrency: 50,
  processes: 'standalone',
  cores: 2,
  nodeVersion: '20.0.0',
};

describe('report', () => {
  it('has exactly the members that --json promises', () => {
    expect(toReport(measured)).toEqual({
      mode: 'backlog',
      messages: 4,
      lost: 0,
      duplicates: 2,
      llmCalls: 5,
      // 3 results in the 510 ms from the first send to the last result.
      throughputPerSecond: 5.9,
      latencyMs: { p50: 250, p95: 300, p99: 300 },
      // Only what the window cost: 0.06 s and 0.02 s for 4 messages.
      cpuSecondsPer1000: { pipeline: 15, server: 5 },
      rssMiB: { pipeline: 210, server: 81 },
      historyEventsPerMessage: 14.02,
    });
  });

  it('says null for what could not be measured, and never a figure', () => {
    const { before, after } = measured.usage;
    const report = toReport({
      ...measured,
      tally: { resultAt: new Map(), deadLetters: 0, lost: 4, duplicates: 0 },
      usage: { before: { ...before, server: undefined }, after: { ...after, server: undefined } },
      historyEvents: null,
    });
    expect(report).toMatchObject({
      lost: 4,
      throughputPerSecond: null,
      latencyMs: null,
      cpuSecondsPer1000: { pipeline: 15, server: null },
      rssMiB: { server: null },
      historyEventsPerMessage: null,
    });
    const table = reportTable(report, conditions);
    expect(table).toMatch(/^CPU, both +not measured$/m);
    expect(table).not.toMatch(/null|NaN|undefined/);
  });

  it('shows people the conditions and both processes together', () => {
    const table = reportTable(toReport(measured), conditions);
    expect(table).toMatch(/^LLM +stand-in, 200 ms, at most 50 at a time$/m);
    expect(table).toMatch(/^Machine +2 cores for everything, Node 20\.0\.0$/m);
    expect(table).toMatch(/^CPU, both +20 s per 1,000 messages$/m);
    expect(table).toMatch(/^Latency p95 +300 ms$/m);
  });
});

describe('percentiles', () => {
  it('are measured values at their rank, whatever the order', () => {
    const values = Array.from({ length: 200 }, (_, index) => 200 - index);
    expect(percentilesOf(values)).toEqual({ p50: 100, p95: 190, p99: 198 });
  });

  it('of one value are that value', () => {
    expect(percentilesOf([7])).toEqual({ p50: 7, p95: 7, p99: 7 });
  });

  it('sort by number, not by text', () => {
    expect(percentilesOf([100, 20, 3])?.p50).toBe(20);
  });
});
