/** What the stand-in saw: the outside truth about how often, how fast and how concurrently a provider was called. */
export interface StandInCall {
  /** Counts from 1, in the order the requests arrived. */
  readonly sequence: number;
  /** Milliseconds since the epoch, with fractions. */
  readonly startedAt: number;
  /** `null` while the call runs. */
  readonly endedAt: number | null;
  /** `null` while the call runs, and for calls that never got a status line. */
  readonly status: number | null;
  /** The client closed the connection before the answer was complete. */
  readonly aborted: boolean;
  /** The fault the call was given, by directive or error mix. */
  readonly fault: string | null;
  /** Calls with the same prompt have the same hash; a re-ask after a rejected answer keeps the hash of the first ask. */
  readonly promptHash: string | null;
  /** The request's `x-client-request-id`. */
  readonly requestId: string | null;
  /** What a limit on tokens counts for the call, let in or not: the larger of its prompt and the output it allows. */
  readonly askedTokens: number;
  /** The same for a call that was let in, whatever became of it; 0 for one that a limit refused. */
  readonly chargedTokens: number;
  /** As the answer says; 0 without one. */
  readonly inputTokens: number;
  /** Of `inputTokens`. */
  readonly cachedTokens: number;
  readonly outputTokens: number;
  /** At most 80 characters. */
  readonly prompt: string;
}

export interface StandInStats {
  readonly total: number;
  /** By HTTP status; `none` for calls that ended without one. */
  readonly byStatus: Readonly<Record<string, number>>;
  readonly inFlight: number;
  readonly maxInFlight: number;
  readonly aborted: number;
  readonly inputTokens: number;
  readonly cachedTokens: number;
  readonly outputTokens: number;
  /** The largest number of starts in any window of one second. */
  readonly maxStartsInOneSecond: number;
  /** Starts in each second since the first call. */
  readonly startsPerSecond: readonly number[];
  readonly distinctPrompts: number;
  /** Calls that started while another one with the same prompt was running. */
  readonly concurrentIdenticalPrompts: number;
}

type OpenCall = { -readonly [Key in keyof StandInCall]: StandInCall[Key] };
export type CallEnd = Partial<
  Pick<StandInCall, 'status' | 'aborted' | 'inputTokens' | 'cachedTokens' | 'outputTokens'>
>;

export interface Ledger {
  begin(requestId: string | null): number;
  /** The request was read. `prompt` is cut here. */
  identify(sequence: number, call: { promptHash: string; prompt: string }): void;
  /** The call gets this fault: noted when that is decided, because some faults leave the end to the client. */
  noteFault(sequence: number, fault: string): void;
  noteTokens(sequence: number, tokens: Pick<StandInCall, 'askedTokens' | 'chargedTokens'>): void;
  /** The first end counts; later ones for the same call do nothing. */
  end(sequence: number, end: CallEnd): void;
  calls(): readonly StandInCall[];
  stats(): StandInStats;
  reset(): void;
}

/** @param options.capacity calls kept; older ones leave `calls()` and the series, but stay in the totals. */
export function createLedger(options: { capacity?: number; now?: () => number } = {}): Ledger {
  const { capacity = 200_000, now = () => performance.timeOrigin + performance.now() } = options;
  const kept = new Map<number, OpenCall>();
  const running = new Map<number, OpenCall>();
  const runningByPrompt = new Map<string, number>();
  let sequence = 0;
  let totals = createTotals();

  return {
    begin(requestId) {
      sequence += 1;
      const call = openCall(sequence, { startedAt: now(), requestId });
      kept.set(sequence, call);
      running.set(sequence, call);
      if (kept.size > capacity) kept.delete(kept.keys().next().value ?? 0);
      totals.total += 1;
      totals.maxInFlight = Math.max(totals.maxInFlight, running.size);
      return sequence;
    },
    identify(id, { promptHash, prompt }) {
      const call = running.get(id);
      if (call === undefined) return;
      const twins = runningByPrompt.get(promptHash) ?? 0;
      if (twins > 0) totals.concurrentIdenticalPrompts += 1;
      runningByPrompt.set(promptHash, twins + 1);
      call.promptHash = promptHash;
      call.prompt = prompt.slice(0, 80);
    },
    noteFault(id, fault) {
      const call = running.get(id);
      if (call !== undefined) call.fault = fault;
    },
    noteTokens(id, tokens) {
      const call = running.get(id);
      if (call !== undefined) Object.assign(call, tokens);
    },
    end(id, end) {
      const call = running.get(id);
      if (call === undefined) return;
      running.delete(id);
      Object.assign(call, end, { endedAt: now() });
      const twins = call.promptHash === null ? 0 : (runningByPrompt.get(call.promptHash) ?? 0);
      if (call.promptHash !== null && twins > 1) runningByPrompt.set(call.promptHash, twins - 1);
      else if (call.promptHash !== null) runningByPrompt.delete(call.promptHash);
      const status = String(call.status ?? 'none');
      totals.byStatus[status] = (totals.byStatus[status] ?? 0) + 1;
      if (call.aborted) totals.aborted += 1;
      totals.inputTokens += call.inputTokens;
      totals.cachedTokens += call.cachedTokens;
      totals.outputTokens += call.outputTokens;
    },
    calls: () => [...kept.values()],
    stats: () => ({ ...totals, inFlight: running.size, ...seriesOf([...kept.values()]) }),
    reset() {
      kept.clear();
      running.clear();
      runningByPrompt.clear();
      totals = createTotals();
    },
  };
}

const createTotals = () => ({
  total: 0,
  byStatus: {} as Record<string, number>,
  maxInFlight: 0,
  aborted: 0,
  inputTokens: 0,
  cachedTokens: 0,
  outputTokens: 0,
  concurrentIdenticalPrompts: 0,
});

const openCall = (sequence: number, start: Pick<StandInCall, 'startedAt' | 'requestId'>): OpenCall => ({
  sequence,
  ...start,
  endedAt: null,
  status: null,
  aborted: false,
  fault: null,
  promptHash: null,
  askedTokens: 0,
  chargedTokens: 0,
  inputTokens: 0,
  cachedTokens: 0,
  outputTokens: 0,
  prompt: '',
});

function seriesOf(calls: readonly StandInCall[]) {
  const starts = calls.map((call) => call.startedAt);
  const origin = starts[0] ?? 0;
  const startsPerSecond = new Array<number>(starts.length === 0 ? 0 : secondOf(starts.at(-1)) + 1).fill(0);
  let maxStartsInOneSecond = 0;
  let oldest = 0;
  for (const [index, start] of starts.entries()) {
    const second = secondOf(start);
    startsPerSecond[second] = (startsPerSecond[second] ?? 0) + 1;
    while ((starts[oldest] ?? start) <= start - 1_000) oldest += 1;
    maxStartsInOneSecond = Math.max(maxStartsInOneSecond, index - oldest + 1);
  }
  const distinctPrompts = new Set(calls.flatMap((call) => call.promptHash ?? [])).size;
  return { maxStartsInOneSecond, startsPerSecond, distinctPrompts };

  function secondOf(start: number | undefined): number {
    return Math.floor(((start ?? origin) - origin) / 1_000);
  }
}
