import type { BenchMessage } from '../messages.ts';
import type { BenchOptions } from '../options.ts';

/** Options that only some modes take. */
export type LoadOption = 'messages' | 'rate' | 'seconds';

export interface Clock {
  /** Milliseconds from any origin; never goes back. */
  now(): number;
  sleep(ms: number): Promise<void>;
}

export interface Feed {
  readonly options: BenchOptions;
  readonly messages: readonly BenchMessage[];
  /** Resolves when the broker has all of them. */
  readonly send: (messages: readonly BenchMessage[]) => Promise<void>;
  readonly clock: Clock;
}

/** How the load arrives. Everything else is the same for all modes, so that their figures can be compared. */
export interface Mode {
  /** One line for `--help`. */
  readonly about: string;
  readonly takes: readonly LoadOption[];
  messageCount(options: BenchOptions): number;
  /** Sends every message, in its own rhythm. */
  feed(feed: Feed): Promise<void>;
}
