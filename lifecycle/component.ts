import type { Config } from '../config/load.ts';
import type { Logger } from '../telemetry/logger.ts';
import type { Metrics } from '../telemetry/metrics.ts';

/** What every part of a process is built from. */
export interface ProcessContext {
  readonly config: Config;
  readonly logger: Logger;
  readonly metrics: Metrics;
}

/** A running part of a process: the bridge, or the workers of some roles. */
export interface Component {
  readonly name: string;
  /** `undefined` when ready; otherwise one sentence that says what is missing. Shown by `/readyz`. */
  notReadyBecause(): string | undefined;
  /** Takes no more work, finishes what is open within its own bound, and frees everything. Called once. */
  drain(): Promise<void>;
  /** Rejects when the part cannot go on: the process exits and its supervisor restarts it. Never resolves. */
  readonly failed: Promise<never>;
}

export type StartComponent = (context: ProcessContext) => Promise<Component>;
