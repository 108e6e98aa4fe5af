import type { SpendingState } from '../../../contracts/spending.ts';
import { describe as toText, toDayUse } from '../../../ctl/budgets.ts';

const state: SpendingState = {
  budgets: {
    timeZone: 'UTC',
    currency: 'USD',
    total: { costPerDay: 5 },
    tenants: { acme: { tokensPerDay: 1_000 }, idle: { tokensPerDay: 10 } },
    defaultTenant: { tokensPerDay: 2_000 },
  },
  day: '2026-11-25',
  endsAt: Date.parse('2026-11-26T00:00:00Z'),
  total: { tokens: 1_500, nanoCost: 1_500_000 },
  tenants: [
    ['someone', { tokens: 500, nanoCost: 500_000 }],
    ['acme', { tokens: 1_000, nanoCost: 1_000_000 }],
    ['vip', { tokens: 9_000, nanoCost: 0 }],
  ],
  lifted: ['vip'],
  workers: [],
};

describe('ctl budgets', () => {
  test('shows what was spent of each budget, also of one that nobody has touched', () => {
    const text = toText(toDayUse(state), Date.parse('2026-11-25T22:00:00Z'));
    expect(text.split('\n')).toEqual([
      '2026-11-25 (UTC), ends in 2h',
      expect.stringMatching(/^BUDGET +TOKENS +COST \(USD\) +STATE$/),
      expect.stringMatching(/^\(total\) +1500 +0\.001500 of 5 +open$/),
      expect.stringMatching(/^acme +1000 of 1000 +0\.001000 +used up$/),
      expect.stringMatching(/^idle +0 of 10 +0\.000000 +open$/),
      expect.stringMatching(/^someone +500 of 2000 +0\.000500 +open$/),
      expect.stringMatching(/^vip +9000 of 2000 +0\.000000 +lifted$/),
    ]);
  });

  test('shows of thousands of tenants those that have used most, and what is in the total alone', () => {
    const tenants = Array.from(
      { length: 3_000 },
      (_, index) => [`t-${String(index)}`, { tokens: index % 1_500, nanoCost: 0 }] as const,
    );
    const crowded = { ...state, tenants, lifted: [], others: { tokens: 77, nanoCost: 0 } };
    const use = toDayUse(crowded);
    const lines = toText(use, Date.parse('2026-11-25T22:00:00Z')).split('\n');
    expect(lines).toHaveLength(2 + 1 + 100 + 2);
    expect(lines.filter((line) => / 1499 of 2000 /.test(line))).toHaveLength(2);
    expect(lines.filter((line) => / 1449 of 2000 /.test(line))).toEqual([]);
    expect(lines.at(-2)).toMatch(/^\(others\) +77 +0\.000000 +in the total alone$/);
    expect(lines.at(-1)).toBe('and 2902 tenants that have used less of their budgets: --json shows all');
    expect(use.budgets).toHaveLength(1 + 2 + 3_000);
  });

  test('says when what it shows is of a day that has ended', () => {
    expect(toText(toDayUse(state), Date.parse('2026-11-26T08:00:00Z'))).toContain('nothing was spent since');
  });
});
