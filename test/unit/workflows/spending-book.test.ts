import type { Budgets, SpendingReport, SpendingState } from '../../../contracts/spending.ts';
import { SpendingBook } from '../../../workflows/spending-book.ts';

const NOON = Date.parse('2026-11-25T12:00:00Z');
const MIDNIGHT = Date.parse('2026-11-26T00:00:00Z');
const budgets: Budgets = {
  timeZone: 'UTC',
  currency: 'USD',
  total: { tokensPerDay: 10_000 },
  tenants: { acme: { tokensPerDay: 1_000, costPerDay: 0.5 }, free: {} },
  defaultTenant: { tokensPerDay: 2_000 },
};

/** A book that one worker reports to; every report has the next number. */
function aBook(before?: SpendingState) {
  const book = new SpendingBook(before, NOON);
  let sequence = 0;
  const reportOf = (tenant: string | undefined, tokens: number, nanoCost = 0): SpendingReport => {
    const spent = { tokens, nanoCost };
    sequence += 1;
    return { worker: 'w', sequence, total: spent, tenants: tenant === undefined ? [] : [[tenant, spent]] };
  };
  book.report({ ...reportOf(undefined, 0), budgets }, NOON);
  const spend = (tenant: string | undefined, tokens: number, { now = NOON, nanoCost = 0 } = {}) =>
    book.report(reportOf(tenant, tokens, nanoCost), now);
  return { book, spend, reportOf };
}
const names = (tenants: readonly (readonly [string, string])[]) => tenants.map(([tenant]) => tenant);

describe('the book of what was spent today', () => {
  test('names a tenant when it has spent its budget, and not before', () => {
    const { spend } = aBook();
    expect(spend('acme', 999)).toEqual({ until: MIDNIGHT, tenants: [], lifted: [] });
    expect(spend('acme', 1).tenants).toEqual([
      ['acme', "the tenant's budget of 2026-11-25 is used up: 1000 of 1000 tokens"],
    ]);
  });

  test('counts money as well as tokens', () => {
    const { spend } = aBook();
    expect(spend('acme', 1, { nanoCost: 499_999_999 }).tenants).toEqual([]);
    const [[, because] = []] = spend('acme', 1, { nanoCost: 1 }).tenants;
    expect(because).toContain('0.500000 of 0.5 USD');
  });

  test('has the default budget for a tenant that is not named, and none for one that is named without', () => {
    const { spend } = aBook();
    spend('free', 2_000);
    expect(names(spend('someone', 2_000).tenants)).toEqual(['someone']);
  });

  test('has a budget of all together, messages without a tenant included', () => {
    const { spend } = aBook();
    expect(spend(undefined, 9_000).total).toBeUndefined();
    expect(spend('free', 1_000).total).toContain('10000 of 10000 tokens');
  });

  test('counts a report once, however often it is repeated, also in the next run', () => {
    const { book, reportOf } = aBook();
    const report = reportOf('acme', 400);
    for (let times = 0; times < 3; times++) book.report(report, NOON);
    const next = new SpendingBook(book.state, NOON);
    next.report(report, NOON);
    expect(next.state.total.tokens).toBe(400);
    expect(next.report({ ...report, worker: 'other' }, NOON).tenants).toEqual([]);
    expect(next.state.tenants).toEqual([['acme', { tokens: 800, nanoCost: 0 }]]);
  });

  test('begins anew at midnight, and still knows which reports it has had', () => {
    const { book, spend, reportOf } = aBook();
    const late = reportOf('acme', 5_000);
    book.report(late, NOON);
    book.lift('someone', NOON);
    expect(spend('acme', 1, { now: MIDNIGHT - 1 }).tenants).toHaveLength(1);
    const morning = spend('acme', 10, { now: MIDNIGHT });
    expect(morning).toEqual({ until: MIDNIGHT + 86_400_000, tenants: [], lifted: [] });
    book.report(late, MIDNIGHT);
    expect(book.state).toMatchObject({ day: '2026-11-26', total: { tokens: 10 } });
  });

  test('a tenant whose budget an operator lifted is not named any more, until the day ends', () => {
    const { book, spend } = aBook();
    spend('acme', 5_000);
    book.lift('acme', NOON);
    expect(book.usedUp).toMatchObject({ tenants: [], lifted: ['acme'] });
    expect(new SpendingBook(book.state, NOON).usedUp.lifted).toEqual(['acme']);
    expect(names(spend('acme', 5_000, { now: MIDNIGHT }).tenants)).toEqual(['acme']);
  });

  test('goes by the newest budgets it was told, and by their midnight', () => {
    const { book, spend, reportOf } = aBook();
    spend('acme', 1_500);
    const raised = { ...budgets, timeZone: 'Europe/Berlin', tenants: { acme: { tokensPerDay: 2_000 } } };
    const { tenants, until } = book.report({ ...reportOf(undefined, 0), budgets: raised }, NOON);
    expect(tenants).toEqual([]);
    expect(until).toBe(Date.parse('2026-11-25T23:00:00Z'));
  });

  test('a new time zone that comes after midnight carries nothing of yesterday into its day', () => {
    const { book, spend, reportOf } = aBook();
    spend('acme', 1_500);
    const moved = { ...budgets, timeZone: 'America/New_York' };
    book.report({ ...reportOf('acme', 10), budgets: moved }, MIDNIGHT + 8 * 3_600_000);
    expect(book.state).toMatchObject({
      ...{ day: '2026-11-26', endsAt: Date.parse('2026-11-27T05:00:00Z'), total: { tokens: 10 } },
      tenants: [['acme', { tokens: 10 }]],
    });
  });

  test('names the day as it is called where its budgets are, from the first one on', () => {
    const book = new SpendingBook(undefined, MIDNIGHT - 1_800_000);
    const inBerlin = { ...budgets, timeZone: 'Europe/Berlin' };
    const first = { worker: 'w', sequence: 1, budgets: inBerlin, total: { tokens: 0, nanoCost: 0 }, tenants: [] };
    book.report(first, MIDNIGHT - 1_800_000);
    expect(book.state).toMatchObject({ day: '2026-11-26', endsAt: Date.parse('2026-11-26T23:00:00Z') });
  });

  test('forgets workers that have not reported for a day: their number does not grow with every restart', () => {
    const { book, spend } = aBook();
    book.report({ worker: 'gone', sequence: 9, total: { tokens: 1, nanoCost: 0 }, tenants: [] }, NOON - 86_400_000);
    spend('acme', 1, { now: MIDNIGHT });
    expect(book.state.workers.map(([worker]) => worker)).toEqual(['w']);
  });
});
