import type { StandInCall } from '../../dev/standin/client.ts';
import { round } from '../round.ts';
import type { LimitHistory, Resource } from './limit-history.ts';

/** Left out at the beginning: processes load modules, open connections and find each other. */
export const WARM_UP_SECONDS = 10;
const SLICE_SECONDS = 10;
const SECOND_MS = 1_000;

/** How the calls of a run stand to the provider's limits. */
export interface CallFigures {
  /**
   * Of the binding limit: what was let in, of what the limit allowed in that time. Above 1 is possible: a second may hold more
   * than a sixtieth, and what the first ten seconds left unused may be used within their minute. In runs of several minutes
   * that is little.
   */
  readonly utilisation: number;
  /** Refused by a limit, of all calls, the first ten seconds included; 0 without calls. */
  readonly ratio429: number;
  /** The most calls sent in any second, refused ones too, of a sixtieth of the limit at that time. */
  readonly maxSecondOverLimit: number;
  /** The same of tokens. A single call may be larger than a second's part. */
  readonly maxSecondTokensOverLimit: number;
  /** The limit that was used more. */
  readonly binding: Resource;
  readonly utilisationOf: Readonly<Record<Resource, number>>;
  /** From the first one to the end of the measured seconds. */
  readonly calls: number;
  readonly refused: number;
  /** Every ten seconds from the first call on. */
  readonly series: readonly Slice[];
}

export interface Slice {
  readonly fromSecond: number;
  readonly calls: number;
  /** Of the limit that binds over the whole run. */
  readonly utilisation: number;
  readonly ratio429: number;
  readonly maxSecondOverLimit: number;
}

type Call = Pick<StandInCall, 'startedAt' | 'fault' | 'askedTokens' | 'chargedTokens'>;

/** @param calls the ledger's, in the order of their start; what started after the measured seconds is left out */
export function callFigures(
  calls: readonly Call[],
  { history, seconds }: { history: LimitHistory; seconds: number },
): CallFigures {
  const firstAt = calls[0]?.startedAt ?? 0;
  const span = (fromSecond: number, toSecond: number) =>
    spanOf(calls, { history, fromMs: firstAt + fromSecond * SECOND_MS, toMs: firstAt + toSecond * SECOND_MS });
  const whole = span(0, seconds);
  const counted = span(WARM_UP_SECONDS, seconds);
  const utilisationOf = { requests: counted.utilisation('requests'), tokens: counted.utilisation('tokens') };
  const binding = utilisationOf.tokens > utilisationOf.requests ? 'tokens' : 'requests';
  const slices = Array.from({ length: Math.ceil(seconds / SLICE_SECONDS) }, (_, index) => index * SLICE_SECONDS);
  return {
    utilisation: utilisationOf[binding],
    ratio429: whole.ratio429,
    maxSecondOverLimit: counted.largestSecond('requests'),
    maxSecondTokensOverLimit: counted.largestSecond('tokens'),
    binding,
    utilisationOf,
    calls: whole.calls,
    refused: whole.refused,
    series: slices.map((fromSecond) => {
      const slice = span(fromSecond, Math.min(fromSecond + SLICE_SECONDS, seconds));
      return {
        fromSecond,
        calls: slice.calls,
        utilisation: slice.utilisation(binding),
        ratio429: slice.ratio429,
        maxSecondOverLimit: slice.largestSecond('requests'),
      };
    }),
  };
}

const asked = (call: Call, resource: Resource): number => (resource === 'requests' ? 1 : call.askedTokens);
/** Every prompt has tokens: a call that was charged none was not let in. */
const charged = (call: Call, resource: Resource): number =>
  resource === 'tokens' ? call.chargedTokens : Math.sign(call.chargedTokens);

/** The calls that started in a part of the run. */
function spanOf(all: readonly Call[], part: { history: LimitHistory; fromMs: number; toMs: number }) {
  const { history, fromMs, toMs } = part;
  const calls = all.filter(({ startedAt }) => startedAt >= fromMs && startedAt < toMs);
  const refused = calls.filter(({ fault }) => fault === 'rate-limit').length;
  return {
    calls: calls.length,
    refused,
    ratio429: calls.length === 0 ? 0 : round(refused / calls.length, 4),
    utilisation(resource: Resource): number {
      const used = calls.reduce((sum, call) => sum + charged(call, resource), 0);
      return round(used / history.allowed(resource, fromMs, toMs), 4);
    },
    /** Over sliding seconds. In one that a change falls into, the higher limit counts. */
    largestSecond(resource: Resource): number {
      let largest = 0;
      let sum = 0;
      let oldest = 0;
      for (const call of calls) {
        sum += asked(call, resource);
        const secondAgo = call.startedAt - SECOND_MS;
        for (let left = calls[oldest]; left !== undefined && left.startedAt <= secondAgo; left = calls[oldest]) {
          sum -= asked(left, resource);
          oldest += 1;
        }
        const limit = Math.max(history.at(call.startedAt)[resource], history.at(secondAgo)[resource]);
        largest = Math.max(largest, sum / (limit / 60));
      }
      return round(largest, 3);
    },
  };
}
