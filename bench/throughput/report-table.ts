import type { BenchReport } from './report.ts';

/** What a figure was measured under, without which it means nothing. */
export interface Conditions {
  /** The load in words. */
  readonly load: string;
  readonly llmLatencyMs: number;
  readonly llmConcurrency: number;
  readonly processes: string;
  readonly cores: number;
  readonly nodeVersion: string;
}

/** For people: conditions first, then a line for each figure with its unit. */
export function reportTable(report: BenchReport, conditions: Conditions): string {
  const { latencyMs, cpuSecondsPer1000: cpu, rssMiB } = report;
  const total = cpu.server === null ? null : Number((cpu.pipeline + cpu.server).toFixed(2));
  const rows: readonly (readonly [label: string, value: string])[] = [
    ['Load', conditions.load],
    ['LLM', `stand-in, ${String(conditions.llmLatencyMs)} ms, at most ${String(conditions.llmConcurrency)} at a time`],
    ['Pipeline', conditions.processes],
    ['Machine', `${String(conditions.cores)} cores for everything, Node ${conditions.nodeVersion}`],
    ['', ''],
    ['Messages', String(report.messages)],
    ['Lost', String(report.lost)],
    ['Duplicate results', String(report.duplicates)],
    ['LLM calls', String(report.llmCalls)],
    ['Throughput', figure(report.throughputPerSecond, 'messages/s')],
    ['Latency p50', figure(latencyMs?.p50, 'ms')],
    ['Latency p95', figure(latencyMs?.p95, 'ms')],
    ['Latency p99', figure(latencyMs?.p99, 'ms')],
    ['CPU, pipeline', figure(cpu.pipeline, 's per 1,000 messages')],
    ['CPU, Temporal server', figure(cpu.server, 's per 1,000 messages')],
    ['CPU, both', figure(total, 's per 1,000 messages')],
    ['Peak memory, pipeline', figure(rssMiB.pipeline, 'MiB')],
    ['Peak memory, Temporal server', figure(rssMiB.server, 'MiB')],
    ['History events', figure(report.historyEventsPerMessage, 'per message')],
  ];
  const width = Math.max(...rows.map(([label]) => label.length));
  return rows.map(([label, value]) => `${label.padEnd(width)}  ${value}`.trimEnd()).join('\n');
}

function figure(value: number | null | undefined, unit: string): string {
  return value === null || value === undefined ? 'not measured' : `${String(value)} ${unit}`;
}
