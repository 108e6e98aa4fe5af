import type { Prices } from '../config/prices.ts';
import type { Cost, TokenUsage } from '../contracts/completion.ts';

/** Who answered. */
export interface AnsweredBy {
  /** As the provider names it in its response. */
  readonly model: string;
  /** As it was asked for: what a gateway or a deployment answers with may be in no list. */
  readonly askedModel?: string;
  readonly provider: string;
  /** Through a Batch API. */
  readonly batch?: boolean;
}

/** Amounts are whole billionths of the currency wherever they are added up: sums of decimal fractions drift. */
const NANO = 1e9;
/** One token at a price for a million of them, in millionths of a millionth: whole for prices of up to six digits. */
const PICO_PER_TOKEN = 1e6;
const PICO_PER_NANO = 1e3;

/** What one call cost, rounded to nine digits after the point. `undefined`: the list has no price for the model. */
export function costOf(usage: TokenUsage, by: AnsweredBy, prices: Prices): Cost | undefined {
  const entry = findPrice(by, prices);
  if (entry === undefined) return undefined;
  const { price, batch } = entry;
  const cached = Math.min(usage.cachedInputTokens ?? 0, usage.inputTokens);
  const pico =
    (usage.inputTokens - cached) * perToken(price.input) +
    cached * perToken(price.cachedInput ?? price.input) +
    usage.outputTokens * perToken(price.output);
  return toCost(Math.round((pico * (by.batch === true ? batch : 1)) / PICO_PER_NANO), prices.currency);
}

export function toCost(nano: number, currency: string): Cost {
  return { amount: nano / NANO, currency };
}

/** The whole number that amounts are added up as. */
export function nanoOf({ amount }: Cost): number {
  return Math.round(amount * NANO);
}

/** The name in the list that the model's price is under. */
export function pricedAs(by: AnsweredBy, prices: Prices): string | undefined {
  return findPrice(by, prices)?.name;
}

export function addUsage(a: TokenUsage, b: TokenUsage): TokenUsage {
  const cachedInputTokens = (a.cachedInputTokens ?? 0) + (b.cachedInputTokens ?? 0);
  return {
    inputTokens: a.inputTokens + b.inputTokens,
    outputTokens: a.outputTokens + b.outputTokens,
    ...(cachedInputTokens > 0 && { cachedInputTokens }),
  };
}

/** A sum with an unknown part is unknown; so is one of two currencies. */
export function addCost(a: Cost | undefined, b: Cost | undefined): Cost | undefined {
  if (a === undefined || b?.currency !== a.currency) return undefined;
  return toCost(nanoOf(a) + nanoOf(b), a.currency);
}

const perToken = (price: number): number => Math.round(price * PICO_PER_TOKEN);

/** The provider's own list first. In each: the name in the answer, the name asked for, then what either is a version of. */
function findPrice({ model, askedModel, provider }: AnsweredBy, prices: Prices) {
  const own = Object.hasOwn(prices.providers, provider) ? prices.providers[provider] : undefined;
  const asked = askedModel === undefined ? [] : [askedModel];
  for (const models of [own?.models ?? {}, prices.models]) {
    const name =
      [model, ...asked].find((candidate) => Object.hasOwn(models, candidate)) ??
      [model, ...asked]
        .map((candidate) => unversioned(candidate, Object.keys(models)))
        .find((found) => found !== undefined);
    const price = name === undefined ? undefined : models[name];
    if (name !== undefined && price !== undefined) return { name, price, batch: own?.batch ?? prices.batch };
  }
  return undefined;
}

/**
 * The longest listed name that `model` is a version of, as `gpt-4o-mini` for `gpt-4o-mini-2024-07-18`. What follows has to
 * look like a version: `gpt-4o` is not the price of `gpt-4o-mini`.
 */
function unversioned(model: string, names: readonly string[]): string | undefined {
  return names
    .filter((name) => model.startsWith(name) && /^[-@:](?:v?\d|latest)/.test(model.slice(name.length)))
    .sort((a, b) => b.length - a.length)[0];
}
