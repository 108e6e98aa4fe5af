/** What is asked every few seconds of a soak. Times are milliseconds since its start. */
export interface ProcessSample {
  readonly at: number;
  /** Unique to one life of a process: `llm-2` is the one that came after `llm-1`. */
  readonly process: string;
  readonly rssBytes: number;
  /** Sockets, timers, child processes and the like that Node holds. */
  readonly handles: number;
  /** 99th percentile of the event loop's delay since the sample before. */
  readonly loopDelayMs: number;
}

export interface SystemSample {
  readonly at: number;
  /** Messages sent that have neither a result nor a dead letter yet. */
  readonly unanswered: number;
  readonly openWorkflows: number;
}

export interface SoakFault {
  readonly at: number;
  readonly what: string;
}

export interface SoakRecord {
  readonly processes: readonly ProcessSample[];
  readonly system: readonly SystemSample[];
  readonly faults: readonly SoakFault[];
}
