import type { StandInCall } from '../../dev/standin/client.ts';
import { percentilesOf } from '../percentiles.ts';
import { round } from '../round.ts';
import { idOfPrompt } from './mix.ts';

/** What the calls of a whole run, its end included, were good for. */
export interface MessageFigures {
  /**
   * Tokens of calls whose answer did not end as a result: of each, what the limit charged for it or what its answer took,
   * whichever is more. A refused call is charged nothing.
   */
  readonly wastedTokens: number;
  /** From the broker's acknowledgement of a record to the start of the call that was its last to be answered. */
  readonly waitMs: { readonly p50: number; readonly p99: number } | null;
}

export interface MessageFacts {
  /** When the broker had acknowledged each message, by id, in milliseconds since the epoch. */
  readonly acknowledgedAt: ReadonlyMap<string, number>;
  readonly hasResult: (id: string) => boolean;
}

type Call = Pick<
  StandInCall,
  'startedAt' | 'status' | 'aborted' | 'chargedTokens' | 'inputTokens' | 'outputTokens' | 'prompt'
>;

/** @param calls the ledger's, in the order of their start */
export function messageFigures(calls: readonly Call[], { acknowledgedAt, hasResult }: MessageFacts): MessageFigures {
  const answering = lastAnswered(calls);
  const wasted = calls.filter((call) => {
    const id = idOfPrompt(call.prompt);
    return id === undefined || !hasResult(id) || answering.get(id) !== call;
  });
  const waits = [...answering].flatMap(([id, { startedAt }]) => {
    const from = acknowledgedAt.get(id);
    return from === undefined ? [] : [Math.max(0, startedAt - from)];
  });
  const percentiles = percentilesOf(waits);
  return {
    wastedTokens: wasted.reduce((sum, call) => sum + tokensOf(call), 0),
    waitMs: percentiles === null ? null : { p50: round(percentiles.p50, 0), p99: round(percentiles.p99, 0) },
  };
}

/** Messages that the provider has answered. */
export const answeredIds = (calls: readonly Call[]): string[] => [...lastAnswered(calls).keys()];

function lastAnswered(calls: readonly Call[]): ReadonlyMap<string, Call> {
  const answering = new Map<string, Call>();
  for (const call of calls) {
    const id = idOfPrompt(call.prompt);
    if (id !== undefined && call.status === 200 && !call.aborted) answering.set(id, call);
  }
  return answering;
}

const tokensOf = ({ chargedTokens, inputTokens, outputTokens }: Call): number =>
  Math.max(chargedTokens, inputTokens + outputTokens);
