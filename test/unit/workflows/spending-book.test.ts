import {
  MAX_TENANTS_AT_ONCE,
  type Budgets,
  type SpendingReport,
  type SpendingState,
} from '../../../contracts/spending.ts';
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
const names = (tenants: readonly (readonly [string, unknown])[]) => tenants.map(([tenant]) => tenant);
const NOTHING = { tokens: 0, nanoCost: 0 };

describe('the book of what was spent today', () => {
  test('names a tenant when it has spent its budget, and not before', () => {
    const { spend } = aBook();
    const day = { day: '2026-11-25', until: MIDNIGHT, currency: 'USD', lifted: [] };
    expect(spend('acme', 999)).toEqual({ ...day, tenants: [] });
    expect(spend('acme', 1)).toEqual({ ...day, tenants: [['acme', { of: 'tokens', spent: 1_000, limit: 1_000 }]] });
  });

  test('counts money as well as tokens', () => {
    const { spend } = aBook();
    expect(spend('acme', 1, { nanoCost: 499_999_999 }).tenants).toEqual([]);
    const [[, excess] = []] = spend('acme', 1, { nanoCost: 1 }).tenants;
    expect(excess).toEqual({ of: 'money', spent: 500_000_000, limit: 500_000_000 });
  });

  test('has the default budget for a tenant that is not named, and none for one that is named without', () => {
    const { spend } = aBook();
    spend('free', 2_000);
    expect(names(spend('someone', 2_000).tenants)).toEqual(['someone']);
  });

  test('has a budget of all together, messages without a tenant included', () => {
    const { spend } = aBook();
    expect(spend(undefined, 9_000).total).toBeUndefined();
    expect(spend('free', 1_000).total).toEqual({ of: 'tokens', spent: 10_000, limit: 10_000 });
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
    expect(morning).toMatchObject({ day: '2026-11-26', until: MIDNIGHT + 86_400_000, tenants: [], lifted: [] });
    book.report(late, MIDNIGHT);
    expect(book.state).toMatchObject({ day: '2026-11-26', total: { tokens: 10 } });
  });

  test('a tenant whose budget an operator lifted is not named any more, until the day ends', () => {
    const { book, spend } = aBook();
    spend('acme', 5_000);
    book.lift('acme', NOON);
    expect(book.usedUp(['acme'])).toMatchObject({ tenants: [], lifted: ['acme'] });
    expect(new SpendingBook(book.state, NOON).usedUp(['acme']).lifted).toEqual(['acme']);
    expect(names(spend('acme', 5_000, { now: MIDNIGHT }).tenants)).toEqual(['acme']);
  });

  test('answers about those who are named in the report, or asked about, whoever spent it, and about nobody else', () => {
    const { book, spend, reportOf } = aBook();
    spend('acme', 1_000);
    spend('someone', 2_000);
    expect(names(spend('someone', 1).tenants)).toEqual(['someone']);
    expect(spend(undefined, 1).tenants).toEqual([]);
    const asking = { ...reportOf(undefined, 0), worker: 'other', tenants: [['acme', NOTHING] as const] };
    expect(names(book.report(asking, NOON).tenants)).toEqual(['acme']);
    expect(names(book.usedUp(['someone', 'acme']).tenants)).toEqual(['someone', 'acme']);
    expect(book.state.tenants).toHaveLength(2);
  });

  test('goes by the newest budgets it was told, and by their midnight', () => {
    const { book, spend, reportOf } = aBook();
    spend('acme', 1_500);
    const raised = { ...budgets, timeZone: 'Europe/Berlin', tenants: { acme: { tokensPerDay: 2_000 } } };
    const { tenants, until } = book.report({ ...reportOf('acme', 0), budgets: raised }, NOON);
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

describe('the book with more tenants than it can keep', () => {
  const MAX_BYTES = 2_000_000;
  const bytesOf = (value: unknown) => Buffer.byteLength(JSON.stringify(value));
  /** Of the longest names that messages may have, and the worst: each character takes six in JSON. */
  const tenant = (index: number) => String(index).padEnd(200, '\u0001');
  function crowded() {
    const { book, reportOf } = aBook();
    const answers = Array.from({ length: 60 }, (_, part) => {
      const spent = { tokens: 2_000, nanoCost: 123_456_789_012 };
      const tenants = Array.from(
        { length: MAX_TENANTS_AT_ONCE },
        (_, index) => [tenant(part * MAX_TENANTS_AT_ONCE + index), spent] as const,
      );
      return book.report({ ...reportOf(undefined, 2_000 * MAX_TENANTS_AT_ONCE), tenants }, NOON);
    });
    return { book, answers, reportOf };
  }

  test('can still be handed on, and answers in pieces that Temporal takes', () => {
    const { book, answers } = crowded();
    expect(bytesOf(book.state)).toBeLessThan(MAX_BYTES);
    for (const answer of answers) expect(bytesOf(answer)).toBeLessThan(MAX_BYTES);
  });

  test('keeps those that came first, says that it is full, and counts the others for the total alone', () => {
    const { book, answers, reportOf } = crowded();
    const { tenants, total, others } = book.state;
    expect(names(tenants).slice(0, 2)).toEqual([tenant(0), tenant(1)]);
    expect(total.tokens).toBe(30_000 * 2_000);
    expect(others?.tokens).toBe((30_000 - tenants.length) * 2_000);
    expect([answers[0]?.isFull, answers.at(-1)?.isFull]).toEqual([undefined, true]);
    expect(answers.at(-1)?.tenants).toEqual([]);
    const known = { ...reportOf(undefined, 0), tenants: [[tenant(0), NOTHING] as const] };
    expect(names(book.report(known, NOON).tenants)).toEqual([tenant(0)]);
    const next = new SpendingBook(book.state, NOON);
    const late = tenant(30_000);
    next.report({ ...known, sequence: 1_000, tenants: [[late, { tokens: 5_000, nanoCost: 0 }]] }, NOON);
    expect(next.usedUp([late])).toMatchObject({ tenants: [], isFull: true });
  });

  test('has room for those who are named in the budgets, and for everybody the next day', () => {
    const { book, reportOf } = crowded();
    const of = (name: string) => ({
      ...reportOf(undefined, 0),
      tenants: [[name, { tokens: 2_000, nanoCost: 0 }] as const],
    });
    expect(names(book.report(of('acme'), NOON).tenants)).toEqual(['acme']);
    const { tenants, isFull } = book.report(of('late'), MIDNIGHT);
    expect([names(tenants), isFull]).toEqual([['late'], undefined]);
  });
});
