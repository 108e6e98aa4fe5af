import { availableParallelism } from 'node:os';
import type { Mode } from '../modes/mode.ts';
import type { BenchOptions } from '../options.ts';
import { reportTable, type Conditions } from './report-table.ts';
import type { Rhythm } from './rhythm.ts';
import { runThroughput, type ThroughputRun } from './run-throughput.ts';

/** Throughput, latency and cost of a load in this rhythm. */
export function throughputMode(rhythm: Rhythm): Mode {
  return {
    about: rhythm.about,
    takes: rhythm.takes,
    async run(options, context) {
      const run = await runThroughput(rhythm, options, context);
      const { report, deadLetters } = run;
      return {
        report,
        table: reportTable(report, conditionsOf(rhythm, options, run)),
        problems: [
          ...(report.lost > 0 ? [`${String(report.lost)} messages were lost.`] : []),
          ...(deadLetters > 0
            ? [`${String(deadLetters)} messages became dead letters: the figures are worthless.`]
            : []),
        ],
      };
    },
  };
}

function conditionsOf(rhythm: Rhythm, options: BenchOptions, { report, llmConcurrency }: ThroughputRun): Conditions {
  const steady =
    options.mode === 'steady' ? ` (${String(options.rate)} a second for ${String(options.seconds)} s)` : '';
  return {
    load: `${options.mode}: ${rhythm.about}; ${String(report.messages)} messages${steady}`,
    llmLatencyMs: options.llmLatencyMs,
    llmConcurrency,
    processes: options.separate ? 'bridge and one worker for each role, apart' : 'standalone: one process',
    cores: availableParallelism(),
    nodeVersion: process.versions.node,
  };
}
