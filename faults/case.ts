import type { CaseBed } from './bed/case-bed.ts';
import type { Part } from './bed/parts.ts';
import type { Allowances } from './checker/verdict.ts';
import type { StandInBehaviour } from '../dev/standin/client.ts';

/** 1: what every change runs; 2: also the rest of the matrix; 3: also what takes minutes. */
export type Tier = 1 | 2 | 3;

/** One way to break things. What has to hold afterwards is not the case's to say: every case ends in the same checker. */
export interface FaultCase {
  /** Of lower-case words with `-`, the family first. */
  readonly name: string;
  readonly tier: Tier;
  /** One line: what is broken, when. */
  readonly about: string;
  /** What runs when `run` is called. */
  readonly processes: readonly Part[];
  /** Added to the processes' environment. */
  readonly env?: Readonly<Record<string, string>>;
  readonly standIn?: StandInBehaviour;
  /** Of the input and output topics. Default 3. */
  readonly partitions?: number;
  /** Ways that go through a proxy. */
  readonly through?: { readonly kafka?: true; readonly temporal?: true };
  readonly allows?: Allowances;
  /** How long everything may take to settle after `run`. Default 120 s. */
  readonly settleMs?: number;
  /** Sends messages, breaks something (and says so by `bed.faults`), and mends it. Rejects when the fault could not be made. */
  run(bed: CaseBed): Promise<void>;
}
