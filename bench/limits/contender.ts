import type { CleanUp } from '../clean-up.ts';
import type { ReadUsage } from '../measure-cpu.ts';
import type { Servers } from '../servers.ts';
import type { LimitsOptions } from './options.ts';

/** What is put before the provider's limits: the pipeline, or what it is compared with. Its processes are running. */
export interface Contender {
  /** Of all its processes, those that were killed too. */
  cpuSeconds(): number;
  /** SIGKILL to one of the processes that call the provider; another one is started. */
  replaceOne(): Promise<void>;
  /** No further call is made; those that run end. What they bring may still be on its way to the output topic. */
  stopCalling(): Promise<void>;
  /** Ends everything in order. */
  stop(): Promise<void>;
  /** Which of the messages without a result somebody would still work on. */
  stillOpen(ids: readonly string[]): Promise<ReadonlySet<string>>;
  /** Processes that ended by themselves. */
  unexpectedExits(): number;
}

/** Resolves when it is ready for the first message. Stopping it is in `cleanUp` before anything can fail. */
export type StartContender = (
  servers: Servers,
  options: {
    /** Processes that call the provider. */
    readonly workers: number;
    readonly readUsage: ReadUsage;
    readonly cleanUp: CleanUp;
  },
) => Promise<Contender>;

export interface ContenderSetting {
  readonly name: string;
  readonly options: LimitsOptions;
  readonly llmLatencyMs: number;
  readonly servers: Servers;
  readonly start: StartContender;
  readonly readUsage: ReadUsage;
}
