import { createBudgetGate } from '../../../accounting/budget-gate.ts';
import { createSpendingTally } from '../../../accounting/spending-tally.ts';
import { toSpent, type Budgets } from '../../../contracts/spending.ts';

const budgets: Budgets = {
  timeZone: 'UTC',
  total: { tokensPerDay: 100_000 },
  tenants: { acme: { tokensPerDay: 1_000 }, rich: { costPerDay: 10 } },
};
const tokens = (count: number) => ({ tokens: count, nanoCost: 0 });

describe('what a process has spent', () => {
  test('is taken once, by tenant where one has a budget, and in total', () => {
    const tally = createSpendingTally(budgets);
    expect(tally.take()).toBeUndefined();
    tally.add('acme', tokens(10));
    tally.add('acme', { tokens: 5, nanoCost: 7 });
    tally.add('nobody', tokens(100));
    tally.add(undefined, tokens(1_000));
    expect(tally.take()).toEqual({
      total: { tokens: 1_115, nanoCost: 7 },
      tenants: [['acme', { tokens: 15, nanoCost: 7 }]],
    });
    expect(tally.take()).toBeUndefined();
  });

  test.each([
    ['a tenant’s in tokens', 'acme', tokens(50), tokens(49)],
    ['a tenant’s in money', 'rich', { tokens: 1, nanoCost: 0.5e9 }, { tokens: 1, nanoCost: 0.49e9 }],
    ['the total one', undefined, tokens(5_000), tokens(4_999)],
  ])('should be told at once when it is a twentieth of a budget: %s', (...[, tenant, much, less]) => {
    const tally = createSpendingTally(budgets);
    tally.add(tenant, less);
    expect(tally.isUrgent).toBe(false);
    tally.take();
    tally.add(tenant, much);
    expect(tally.isUrgent).toBe(true);
    tally.take();
    expect(tally.isUrgent).toBe(false);
  });

  test('of a call is its tokens of both directions and its cost in whole billionths', () => {
    const usage = { inputTokens: 10, cachedInputTokens: 4, outputTokens: 3 };
    expect(toSpent(usage, { amount: 0.1 + 0.2, currency: 'USD' })).toEqual({ tokens: 13, nanoCost: 300_000_000 });
    expect(toSpent(usage, undefined)).toEqual({ tokens: 13, nanoCost: 0 });
  });
});

describe('whose messages have to wait', () => {
  const because = 'used up';
  function aGate() {
    const clock = { now: 1_000 };
    const told: unknown[] = [];
    const gate = createBudgetGate({ now: () => clock.now, onUsedUp: (budget) => told.push(budget) });
    return { clock, told, gate };
  }

  test('are those of a tenant that is named, and nobody else’s', () => {
    const { gate } = aGate();
    expect(gate.refusal('acme')).toBeUndefined();
    gate.adopt({ until: 5_000, tenants: [['acme', because]], lifted: [] });
    expect(gate.refusal('acme')).toEqual({ until: 5_000, because, budget: 'tenant' });
    expect(gate.refusal('other')).toBeUndefined();
    expect(gate.refusal(undefined)).toBeUndefined();
  });

  test('are everybody’s when the total budget is used up, but not of a tenant that is lifted', () => {
    const { gate } = aGate();
    gate.adopt({ until: 5_000, total: because, tenants: [], lifted: ['vip'] });
    expect(gate.refusal(undefined)).toEqual({ until: 5_000, because, budget: 'total' });
    expect(gate.refusal('other')?.budget).toBe('total');
    expect(gate.refusal('vip')).toBeUndefined();
  });

  test('are nobody’s when the day has ended, without any news', () => {
    const { gate, clock } = aGate();
    gate.adopt({ until: 5_000, tenants: [['acme', because]], lifted: [] });
    clock.now = 5_000;
    expect(gate.refusal('acme')).toBeUndefined();
  });

  test('are reported once for each budget and day', () => {
    const { gate, told, clock } = aGate();
    const usedUp = { until: 5_000, total: because, tenants: [['acme', because] as const], lifted: [] };
    gate.adopt({ until: 5_000, tenants: [['acme', because]], lifted: [] });
    gate.adopt(usedUp);
    gate.adopt(usedUp);
    expect(told).toEqual([
      { tenant: 'acme', because, until: 5_000 },
      { because, until: 5_000 },
    ]);
    clock.now = 6_000;
    gate.adopt({ ...usedUp, until: 10_000 });
    expect(told).toHaveLength(4);
  });
});
