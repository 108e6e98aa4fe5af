/** What a case explains before it runs. What is not explained is a broken promise. */
export interface Allowances {
  /** Why a result, or a dead letter, may be written twice; with the same bytes in any case. */
  readonly repeatedRecords?: string;
  /** Why a call that was answered, or broken off by the client, may be made again. One that the ledger shows as failed always may. */
  readonly repeatedCalls?: string;
}

export interface Verdict {
  readonly messages: number;
  /** Inputs without the end they should have. */
  readonly lost: number;
  /** Ids whose results differ from each other or belong to another input, and dead letters with other bytes than their inputs. */
  readonly altered: number;
  /** Records on the output and dead-letter topics beyond the first of each message. */
  readonly duplicates: number;
  readonly calls: number;
  /** Calls after one that no fault had hit. */
  readonly llmCallsOverFaults: number;
  /** One sentence for each promise that is broken. */
  readonly problems: readonly string[];
}

/** What one check found. */
export interface Finding {
  readonly count: number;
  readonly problems: readonly string[];
}

const EXAMPLES = 3;

/** One sentence with the first few of them; nothing when there are none. */
export function problemOf(what: string, found: readonly string[]): readonly string[] {
  if (found.length === 0) return [];
  const more = found.length > EXAMPLES ? ` and ${String(found.length - EXAMPLES)} more` : '';
  return [`${what}: ${found.slice(0, EXAMPLES).join(', ')}${more}`];
}
