import { round } from '../round.ts';
import { callFigures, type CallFigures } from './call-figures.ts';
import { messageFigures, type MessageFigures } from './message-figures.ts';
import type { LimitsOptions } from './options.ts';
import type { ContenderRun } from './run-contender.ts';

/** What `--json` prints: its member names are outside names. Figures of the pipeline, and the same of the comparison. */
export interface LimitsReport extends ContenderFigures {
  readonly mode: 'limits';
  readonly workers: number;
  readonly seconds: number;
  /** At first. */
  readonly requestsPerMinute: number;
  readonly tokensPerMinute: number;
  readonly mix: string;
  readonly limits: LimitsOptions['limits'];
  readonly changes: LimitsOptions['changes'];
  readonly killEverySeconds: number | null;
  /** `null`: left out. */
  readonly comparison: ContenderFigures | null;
}

export interface ContenderFigures extends CallFigures, MessageFigures {
  readonly results: number;
  readonly duplicates: number;
  readonly deadLetters: number;
  /** Answered by the provider, but neither a result nor a dead letter, and nobody would work on it any more. */
  readonly lost: number;
  /** The same, but still open when the run ended: an open workflow, or a record that is not committed. */
  readonly unfinished: number;
  readonly kills: number;
  /**
   * Seconds of CPU a second, from ten seconds after the first call on: all processes of the pipeline (or of the comparison), and
   * Temporal's server (`null`: not measured, or not used).
   */
  readonly cpuPerSecond: { readonly pipeline: number; readonly server: number | null };
}

export function toLimitsReport(
  options: LimitsOptions,
  runs: { pipeline: ContenderRun; comparison: ContenderRun | undefined },
): LimitsReport {
  const { workers, seconds, requestsPerMinute, tokensPerMinute, mix, limits, changes, killEverySeconds } = options;
  const comparison = runs.comparison && contenderFigures(runs.comparison, seconds);
  return {
    mode: 'limits',
    workers,
    seconds,
    requestsPerMinute,
    tokensPerMinute,
    mix,
    limits,
    changes,
    killEverySeconds: killEverySeconds ?? null,
    ...contenderFigures(runs.pipeline, seconds),
    // It does without Temporal: what the server does meanwhile has nothing to do with it.
    comparison: comparison ? { ...comparison, cpuPerSecond: { ...comparison.cpuPerSecond, server: null } } : null,
  };
}

function contenderFigures(run: ContenderRun, seconds: number): ContenderFigures {
  const { calls, history, acknowledgedAt, outcomes, cpu } = run;
  return {
    ...callFigures(calls, { history, seconds }),
    ...messageFigures(calls, { acknowledgedAt, hasResult: (id) => outcomes.results.has(id) }),
    results: outcomes.results.size,
    duplicates: outcomes.duplicates(),
    deadLetters: outcomes.deadLetters.size,
    lost: run.lost,
    unfinished: run.unfinished,
    kills: run.kills,
    cpuPerSecond: {
      pipeline: round(cpu.contender, 3),
      server: cpu.server === undefined ? null : round(cpu.server, 3),
    },
  };
}
