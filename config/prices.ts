import { z } from 'zod';

/** Of the currency, for a million tokens. The bound keeps a price that was meant for one token from passing as one. */
const perMillion = z.number().min(0, 'must not be below 0').max(1_000_000, 'must be a price for a million tokens');
const factor = z.number().positive('must be above 0').max(1, 'must be at most 1');

const modelPricesSchema = z.record(
  z.string(),
  z.strictObject({
    input: perMillion,
    /** For the part of the input that the provider had in its cache. Absent: the price of other input. */
    cachedInput: perMillion.optional(),
    output: perMillion,
  }),
);

/** What `PRICES_FILE` holds. */
export const pricesSchema = z.strictObject({
  currency: z.string().regex(/^[A-Z]{3}$/, 'must be three capital letters, for example USD'),
  models: modelPricesSchema.default({}),
  /** What an answer through a Batch API costs of the ordinary price. */
  batch: factor.default(0.5),
  /** A provider whose prices differ, by the name that results have for it. */
  providers: z
    .record(z.string(), z.strictObject({ models: modelPricesSchema.default({}), batch: factor.optional() }))
    .default({}),
});
export type Prices = z.output<typeof pricesSchema>;
