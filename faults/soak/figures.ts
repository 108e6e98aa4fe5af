import type { CaseOutcome } from '../run-case.ts';
import type { SoakOptions } from './options.ts';
import type { ProcessSample, SoakRecord } from './samples.ts';
import { meanSlope, memorySlopes, type LifeSlope } from './slope.ts';

/** What `--json` prints: its member names are outside names. */
export interface SoakFigures {
  readonly minutes: number;
  readonly seed: number;
  readonly messages: number;
  readonly faults: number;
  /** `false`: nothing could be asked at the end. Then all messages are in `lost`, and the next three figures say nothing. */
  readonly judged: boolean;
  readonly lost: number;
  readonly altered: number;
  readonly duplicates: number;
  readonly llmCallsOverFaults: number;
  /** Growth of the resident memory, over all lives of five minutes and more after a warm-up of three; `null`: there was none. */
  readonly memoryBytesPerHour: number | null;
  /** The life that grew fastest. */
  readonly steepest: LifeSlope | null;
  readonly mostMemoryBytes: number;
  readonly mostHandles: number;
  readonly mostLoopDelayMs: number;
  readonly problems: readonly string[];
}

export function toFigures(outcome: CaseOutcome, record: SoakRecord, options: SoakOptions): SoakFigures {
  const slopes = memorySlopes(record.processes);
  const steepest = slopes.toSorted((a, b) => b.bytesPerHour - a.bytesPerHour)[0];
  return {
    minutes: options.minutes,
    seed: options.seed,
    messages: outcome.messages,
    faults: outcome.fired,
    judged: outcome.judged,
    lost: outcome.lost,
    altered: outcome.altered,
    duplicates: outcome.duplicates,
    llmCallsOverFaults: outcome.llmCallsOverFaults,
    memoryBytesPerHour: meanSlope(slopes) ?? null,
    steepest: steepest ?? null,
    mostMemoryBytes: most(record.processes, ({ rssBytes }) => rssBytes),
    mostHandles: most(record.processes, ({ handles }) => handles),
    mostLoopDelayMs: most(record.processes, ({ loopDelayMs }) => loopDelayMs),
    problems: outcome.problems,
  };
}

/** For the page and the terminal. */
export function figureRows(figures: SoakFigures): readonly (readonly [name: string, value: string])[] {
  const { steepest, judged } = figures;
  const measured = (figure: number) => (judged ? String(figure) : 'not measured');
  return [
    ['messages', String(figures.messages)],
    ['faults', String(figures.faults)],
    ['lost', String(figures.lost)],
    ['altered', measured(figures.altered)],
    ['written again with the same bytes', measured(figures.duplicates)],
    ['calls that no fault explains', measured(figures.llmCallsOverFaults)],
    ['memory, MB an hour', perHour(figures.memoryBytesPerHour ?? undefined)],
    [
      'steepest life',
      steepest === null ? 'none long enough' : `${steepest.process}: ${perHour(steepest.bytesPerHour)}`,
    ],
    ['most memory of a process, MB', (figures.mostMemoryBytes / 1e6).toFixed(0)],
    ['most handles of a process', String(figures.mostHandles)],
    ['longest event-loop delay (p99 of 5 s), ms', figures.mostLoopDelayMs.toFixed(0)],
    ['broken promises', figures.problems.length === 0 ? 'none' : figures.problems.join('; ')],
  ];
}

const perHour = (bytes: number | undefined) => (bytes === undefined ? 'no life long enough' : (bytes / 1e6).toFixed(1));

function most(samples: readonly ProcessSample[], valueOf: (sample: ProcessSample) => number): number {
  return samples.reduce((found, sample) => Math.max(found, valueOf(sample)), 0);
}
