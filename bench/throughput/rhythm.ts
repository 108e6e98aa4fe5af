import type { Clock } from '../clock.ts';
import type { BenchOptions, ModeOption } from '../options.ts';
import type { BenchMessage } from '../sender.ts';

export interface Feed {
  readonly options: BenchOptions;
  readonly messages: readonly BenchMessage[];
  /** Resolves when the broker has all of them. */
  readonly send: (messages: readonly BenchMessage[]) => Promise<void>;
  readonly clock: Clock;
}

/** How the load arrives. Everything else is the same for all rhythms, so that their figures can be compared. */
export interface Rhythm {
  /** One line for `--help`. */
  readonly about: string;
  readonly takes: readonly ModeOption[];
  messageCount(options: BenchOptions): number;
  /** Sends every message, in its own rhythm. */
  feed(feed: Feed): Promise<void>;
}
