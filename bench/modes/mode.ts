import type { OnProgress } from '../../dev/progress.ts';
import type { CleanUp } from '../clean-up.ts';
import type { BenchOptions, ModeOption } from '../options.ts';

/** What is measured: a mode brings its own run, its own figures and its own table. */
export interface Mode {
  /** One line for `--help`. */
  readonly about: string;
  /** Of the options that not every mode takes. */
  readonly takes: readonly ModeOption[];
  /** Whatever it starts is in `cleanUp` before it can fail. */
  run(options: BenchOptions, context: RunContext): Promise<BenchRun>;
}

export interface RunContext {
  readonly cleanUp: CleanUp;
  readonly onProgress: OnProgress;
}

export interface BenchRun {
  /** What `--json` prints: its member names are outside names. */
  readonly report: object;
  /** The same for people, with the conditions it was measured under. */
  readonly table: string;
  /** Why the figures are worth nothing, one sentence each. */
  readonly problems: readonly string[];
}
