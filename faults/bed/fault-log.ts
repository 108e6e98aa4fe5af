/** What a case broke, and when: the checker needs to know which repeats that explains, and the report that it happened at all. */
export interface FaultLog {
  /** A fault that hit at this moment. */
  hit(what: string): void;
  /** Faults that somebody else counted, such as a proxy or the stand-in. `at`: when, in milliseconds since the epoch. */
  counted(what: string, at: readonly number[]): void;
  /** A fault that lasted as long as `meanwhile` took. */
  during<T>(what: string, meanwhile: () => Promise<T>): Promise<T>;
  readonly fired: number;
  /** For people, in the order of time. */
  readonly evidence: readonly string[];
  readonly windows: readonly FaultWindow[];
}

/** Milliseconds since the epoch. */
export interface FaultWindow {
  readonly from: number;
  readonly to: number;
}

export function createFaultLog(now: () => number = Date.now): FaultLog {
  const evidence: string[] = [];
  const windows: FaultWindow[] = [];
  const startedAt = now();
  const note = (what: string, at: number) => {
    evidence.push(`${((at - startedAt) / 1_000).toFixed(1)} s: ${what}`);
  };
  return {
    evidence,
    windows,
    get fired() {
      return windows.length;
    },
    hit(what) {
      const at = now();
      note(what, at);
      windows.push({ from: at, to: at });
    },
    counted(what, at) {
      const first = at[0];
      if (first !== undefined) note(`${what} (${String(at.length)} times)`, first);
      for (const one of at) windows.push({ from: one, to: one });
    },
    async during(what, meanwhile) {
      const from = now();
      note(what, from);
      try {
        return await meanwhile();
      } finally {
        windows.push({ from, to: now() });
      }
    },
  };
}
