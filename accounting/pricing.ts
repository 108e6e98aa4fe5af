import type { Prices } from '../config/prices.ts';
import type { CompletionRequest, Cost, TokenUsage } from '../contracts/completion.ts';
import { costOf, nanoOf, pricedAs, toCost } from './cost.ts';

/** Who is asked, and how. */
export interface PricedCall {
  readonly provider: string;
  /** Through a Batch API. */
  readonly batch?: boolean;
}

/** What calls cost by the list of this process; without one, nothing has a price. */
export interface Pricing {
  readonly hasList: boolean;
  /** Of no call. */
  readonly nothing: Cost | undefined;
  cost(usage: TokenUsage, call: PricedCall, model: string): Cost | undefined;
  /** The name in the list, or else the configured one: what a provider answers with is no closed set, as a label has to be. */
  labelOf(model: string, call: PricedCall): string;
  /** What calls without an answer can have taken at most: all of the input anew, all of the output that was allowed. */
  most(call: PricedCall & { readonly request: CompletionRequest }, calls: number): Most;
}

export interface Most {
  readonly tokens: number;
  readonly cost: Cost | undefined;
}

export function createPricing(options: {
  readonly prices: Prices | undefined;
  /** The model that is configured. */
  readonly askedModel: (provider: string) => string;
  /** What a call can take, input and output together. */
  readonly estimateTokens: (request: CompletionRequest) => number;
}): Pricing {
  const { prices, askedModel, estimateTokens } = options;
  const cost = (usage: TokenUsage, call: PricedCall, model: string) =>
    prices && costOf(usage, { ...call, model, askedModel: askedModel(call.provider) }, prices);
  return {
    hasList: prices !== undefined,
    nothing: prices && toCost(0, prices.currency),
    cost,
    labelOf: (model, call) =>
      (prices && pricedAs({ ...call, model, askedModel: askedModel(call.provider) }, prices)) ??
      askedModel(call.provider),
    most(call, calls) {
      const { maxOutputTokens } = call.request;
      const tokens = estimateTokens(call.request);
      const one = cost(
        { inputTokens: tokens - maxOutputTokens, outputTokens: maxOutputTokens },
        call,
        askedModel(call.provider),
      );
      return { tokens: tokens * calls, cost: one && toCost(nanoOf(one) * calls, one.currency) };
    },
  };
}
