import { addCost, addUsage, costOf } from '../../../accounting/cost.ts';
import { pricesSchema } from '../../../config/prices.ts';

const prices = pricesSchema.parse({
  currency: 'USD',
  models: {
    'gpt-4o-mini': { input: 0.15, cachedInput: 0.075, output: 0.6 },
    'gpt-4o': { input: 2.5, output: 10 },
    'my-deployment': { input: 1, output: 1 },
  },
  providers: { azure: { models: { 'gpt-4o': { input: 3, output: 12 } }, batch: 0.8 } },
});
const million = { inputTokens: 1_000_000, outputTokens: 0 };
const inputPriceOf = (by: { model: string; askedModel?: string; provider?: string }) =>
  costOf(million, { provider: 'openai', ...by }, prices)?.amount;

describe('what a call costs', () => {
  test('is its tokens at the price for a million, those from the cache at their own', () => {
    const by = { model: 'gpt-4o-mini', provider: 'openai' };
    const usage = { inputTokens: 1_000, cachedInputTokens: 600, outputTokens: 50 };
    // 400 × 0.15 + 600 × 0.075 + 50 × 0.60, over a million.
    expect(costOf(usage, by, prices)).toEqual({ amount: 0.000135, currency: 'USD' });
    expect(costOf({ ...usage, cachedInputTokens: 5_000 }, by, prices)?.amount).toBe(0.000105);
  });

  test('counts cached input like other input where the list has no price of its own for it', () => {
    const by = { model: 'gpt-4o', provider: 'openai' };
    expect(costOf({ ...million, cachedInputTokens: 1_000_000 }, by, prices)?.amount).toBe(2.5);
  });

  test('is less through a Batch API, by the factor of the list or of the provider', () => {
    const batch = true;
    expect(costOf(million, { model: 'gpt-4o', provider: 'openai', batch }, prices)?.amount).toBe(1.25);
    expect(costOf(million, { model: 'gpt-4o', provider: 'azure', batch }, prices)?.amount).toBe(2.4);
  });

  test('is written with nine digits at most, however odd the numbers', () => {
    const odd = pricesSchema.parse({ currency: 'EUR', models: { m: { input: 0.0375, output: 0.1 } } });
    const one = { inputTokens: 1, outputTokens: 0 };
    expect(JSON.stringify(costOf(one, { model: 'm', provider: 'p' }, odd))).toBe('{"amount":3.8e-8,"currency":"EUR"}');
    const three = costOf({ inputTokens: 1_111, outputTokens: 333 }, { model: 'm', provider: 'p' }, odd)!;
    expect(three.amount).toBe(0.000074963);
  });
});

describe('the price of a model', () => {
  test.each([
    ['its name in the answer', { model: 'gpt-4o-mini' }, 0.15],
    ['the name it was asked by', { model: 'something-else', askedModel: 'my-deployment' }, 1],
    ['the name it is a version of', { model: 'gpt-4o-mini-2024-07-18' }, 0.15],
    ['the name that what was asked for is a version of', { model: 'x', askedModel: 'gpt-4o@latest' }, 2.5],
    ['the provider’s own list before the common one', { model: 'gpt-4o-2024-11-20', provider: 'azure' }, 3],
    ['the common list where the provider has none for it', { model: 'gpt-4o-mini', provider: 'azure' }, 0.15],
  ])('is found by %s', (_, by, amount) => {
    expect(inputPriceOf(by)).toBe(amount);
  });

  test.each(['gpt-4o-audio', 'gpt-4o.5', 'gpt-4', 'unknown', 'constructor', ''])(
    'is not guessed from a name that only begins the same: %j',
    (model) => {
      expect(inputPriceOf({ model })).toBeUndefined();
    },
  );
});

describe('sums', () => {
  test('of costs do not drift', () => {
    const tenth = { amount: 0.1, currency: 'USD' };
    let sum: typeof tenth | undefined = { amount: 0, currency: 'USD' };
    for (let i = 0; i < 1_000; i++) sum = addCost(sum, tenth);
    expect(sum).toEqual({ amount: 100, currency: 'USD' });
  });

  test('with a part that is not known, or of another currency, are not known', () => {
    const dollar = { amount: 1, currency: 'USD' };
    expect(addCost(undefined, dollar)).toBeUndefined();
    expect(addCost(dollar, undefined)).toBeUndefined();
    expect(addCost(undefined, undefined)).toBeUndefined();
    expect(addCost(dollar, { amount: 1, currency: 'EUR' })).toBeUndefined();
  });

  test('of tokens name cached ones only where there are some', () => {
    const plain = { inputTokens: 1, outputTokens: 2 };
    expect(addUsage(plain, plain)).toEqual({ inputTokens: 2, outputTokens: 4 });
    expect(addUsage(plain, { ...plain, cachedInputTokens: 1 })).toEqual({
      inputTokens: 2,
      outputTokens: 4,
      cachedInputTokens: 1,
    });
  });
});
