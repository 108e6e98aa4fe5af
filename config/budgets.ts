import { z } from 'zod';
import type { Budgets } from '../contracts/spending.ts';

const dayLimitSchema = z.strictObject({
  tokensPerDay: z.int('must be a whole number').positive('must be above 0').optional(),
  costPerDay: z.number().positive('must be above 0').optional(),
});

/** The account hands them on in one piece, together with what all tenants have spent: 2 MB at most. */
const MAX_TENANTS_BYTES = 250_000;

/** What `BUDGETS_FILE` holds. */
export const budgetsSchema = z.strictObject({
  timeZone: z.string().refine(isTimeZone, 'must be an IANA time zone, for example Europe/Berlin').default('UTC'),
  total: dayLimitSchema.optional(),
  tenants: z
    .record(z.string(), dayLimitSchema)
    .refine((tenants) => Buffer.byteLength(JSON.stringify(tenants)) <= MAX_TENANTS_BYTES, {
      error: `must be at most ${String(MAX_TENANTS_BYTES)} bytes of JSON: some thousands of tenants`,
    })
    .default({}),
  defaultTenant: dayLimitSchema.optional(),
});

/** The paths of budgets in money, which mean nothing without a price list. */
export function budgetsInMoney({ total, tenants, defaultTenant }: Budgets): string[] {
  const limits = { total, defaultTenant, ...prefixed('tenants.', tenants) };
  return Object.entries(limits).flatMap(([path, limit]) =>
    limit?.costPerDay === undefined ? [] : [`${path}.costPerDay`],
  );
}

const prefixed = <T>(prefix: string, record: Readonly<Record<string, T>>): Record<string, T> =>
  Object.fromEntries(Object.entries(record).map(([name, value]) => [`${prefix}${name}`, value]));

function isTimeZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return true;
  } catch {
    return false;
  }
}
