import type { Tally } from '../outcomes.ts';
import { round } from '../round.ts';
import { percentilesOf, type Percentiles } from '../percentiles.ts';
import type { ProcessUsage } from '../measure-cpu.ts';
import type { SendLog } from '../sender.ts';

/** What `--json` prints: its member names are outside names. `null`: it could not be measured. */
export interface BenchReport {
  readonly mode: string;
  readonly messages: number;
  /** Neither a result nor a dead letter. */
  readonly lost: number;
  readonly duplicates: number;
  readonly llmCalls: number;
  /** Results, from the moment before the first record was sent until the last one was on the output topic. */
  readonly throughputPerSecond: number | null;
  /** From the broker's acknowledgement of the record to the moment the broker had its result. */
  readonly latencyMs: Percentiles | null;
  readonly cpuSecondsPer1000: { readonly pipeline: number; readonly server: number | null };
  /** The peak. */
  readonly rssMiB: { readonly pipeline: number; readonly server: number | null };
  readonly historyEventsPerMessage: number | null;
}

/** At one moment. `server` is absent for one from outside. */
export interface UsageReading {
  readonly pipeline: ProcessUsage;
  readonly server: ProcessUsage | undefined;
}

export interface Measurements {
  readonly mode: string;
  readonly messages: number;
  readonly sent: SendLog;
  readonly tally: Tally;
  readonly llmCalls: number;
  /** At both ends of the measured window. */
  readonly usage: { readonly before: UsageReading; readonly after: UsageReading };
  readonly historyEvents: number | null;
}

export function toReport({ mode, messages, sent, tally, llmCalls, usage, historyEvents }: Measurements): BenchReport {
  const { before, after } = usage;
  const cpuPer1000 = (from: ProcessUsage, to: ProcessUsage) =>
    round(((to.cpuSeconds - from.cpuSeconds) / messages) * 1_000, 2);
  const server = before.server !== undefined && after.server !== undefined;
  return {
    mode,
    messages,
    lost: tally.lost,
    duplicates: tally.duplicates,
    llmCalls,
    throughputPerSecond: throughput(sent, tally),
    latencyMs: percentilesOf(latencies(sent, tally)),
    cpuSecondsPer1000: {
      pipeline: cpuPer1000(before.pipeline, after.pipeline),
      server: server ? cpuPer1000(before.server, after.server) : null,
    },
    rssMiB: {
      pipeline: round(after.pipeline.peakRssMiB, 0),
      server: server ? round(after.server.peakRssMiB, 0) : null,
    },
    historyEventsPerMessage: historyEvents === null ? null : round(historyEvents, 2),
  };
}

function throughput({ firstSentAt }: SendLog, { resultAt }: Tally): number | null {
  const lastResultAt = [...resultAt.values()].reduce((last, at) => Math.max(last, at), 0);
  if (firstSentAt === undefined || lastResultAt <= firstSentAt) return null;
  return round((resultAt.size / (lastResultAt - firstSentAt)) * 1_000, 1);
}

function latencies({ acknowledgedAt }: SendLog, { resultAt }: Tally): number[] {
  return [...resultAt].flatMap(([id, at]) => {
    const from = acknowledgedAt.get(id);
    return from === undefined ? [] : [at - from];
  });
}
