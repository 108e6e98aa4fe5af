import { createBudgetGate } from '../../../accounting/budget-gate.ts';
import { createSpendingTally } from '../../../accounting/spending-tally.ts';
import { toSpent, type Budgets, type UsedUp } from '../../../contracts/spending.ts';

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

  test('is told of so many tenants at a time, and the rest at once', () => {
    const tally = createSpendingTally({ timeZone: 'UTC', tenants: {}, defaultTenant: { tokensPerDay: 1_000 } });
    for (let tenant = 0; tenant < 1_200; tenant++) tally.add(String(tenant), tokens(1));
    const first = tally.take();
    expect([first?.total.tokens, first?.tenants.length, tally.isUrgent]).toEqual([1_200, 500, true]);
    const rest = [tally.take(), tally.take()];
    expect(rest.map((takings) => [takings?.total.tokens, takings?.tenants.length])).toEqual([
      [0, 500],
      [0, 200],
    ]);
    const told = [first, ...rest].flatMap((takings) => takings?.tenants.map(([tenant]) => tenant) ?? []);
    expect([new Set(told).size, tally.isUrgent, tally.take()]).toEqual([1_200, false, undefined]);
  });

  test('names a tenant for whom something will be spent, so that the answer is about it, too', () => {
    const tally = createSpendingTally(budgets);
    tally.expect('acme');
    tally.expect('nobody');
    expect(tally.take()).toEqual({ total: tokens(0), tenants: [['acme', tokens(0)]] });
    tally.add('acme', tokens(5));
    tally.expect('acme');
    expect(tally.take()?.tenants).toEqual([['acme', tokens(5)]]);
  });

  test('of a call is its tokens of both directions and its cost in whole billionths', () => {
    const usage = { inputTokens: 10, cachedInputTokens: 4, outputTokens: 3 };
    expect(toSpent(usage, { amount: 0.1 + 0.2, currency: 'USD' })).toEqual({ tokens: 13, nanoCost: 300_000_000 });
    expect(toSpent(usage, undefined)).toEqual({ tokens: 13, nanoCost: 0 });
  });
});

describe('whose messages have to wait', () => {
  const excess = { of: 'tokens', spent: 1_001, limit: 1_000 } as const;
  const because = "the tenant's budget of 2026-11-25 is used up: 1001 of 1000 tokens";
  const inTotal = 'the total budget of 2026-11-25 is used up: 0.500001 of 0.5 USD';
  const day: UsedUp = { day: '2026-11-25', until: 5_000, currency: 'USD', tenants: [], lifted: [] };
  const acme: UsedUp = { ...day, tenants: [['acme', excess]] };
  const total = { of: 'money', spent: 500_001_000, limit: 500_000_000 } as const;

  function aGate() {
    const clock = { now: 1_000 };
    const told: unknown[] = [];
    const gate = createBudgetGate({
      now: () => clock.now,
      onUsedUp: (budget) => told.push(budget),
      onFull: () => told.push('full'),
    });
    return { clock, told, gate };
  }

  test('are those of a tenant that is named, and nobody else’s', () => {
    const { gate } = aGate();
    expect(gate.refusal('acme')).toBeUndefined();
    gate.adopt(acme, ['acme', 'other']);
    expect(gate.refusal('acme')).toEqual({ until: 5_000, because, budget: 'tenant' });
    expect(gate.refusal('other')).toBeUndefined();
    expect(gate.refusal(undefined)).toBeUndefined();
  });

  test('are everybody’s when the total budget is used up, but not of a tenant that is lifted', () => {
    const { gate } = aGate();
    gate.adopt({ ...day, total, lifted: ['vip'] }, ['vip']);
    expect(gate.refusal(undefined)).toEqual({ until: 5_000, because: inTotal, budget: 'total' });
    expect(gate.refusal('other')?.budget).toBe('total');
    expect(gate.refusal('vip')).toBeUndefined();
  });

  test('are still theirs when the account answers about others, and no longer when it says so of them', () => {
    const { gate } = aGate();
    gate.adopt(acme, ['acme']);
    gate.adopt(day, ['other']);
    expect(gate.refusal('acme')?.budget).toBe('tenant');
    gate.adopt(day, ['acme']);
    expect(gate.refusal('acme')).toBeUndefined();
  });

  test('are nobody’s when the day has ended, without any news', () => {
    const { gate, clock } = aGate();
    gate.adopt(acme, ['acme']);
    clock.now = 5_000;
    expect(gate.refusal('acme')).toBeUndefined();
  });

  test('are nobody’s of yesterday once the account has turned its day', () => {
    const { gate } = aGate();
    gate.adopt({ ...acme, total }, ['acme']);
    gate.adopt({ ...day, day: '2026-11-26', until: 10_000 }, []);
    expect(gate.refusal('acme')).toBeUndefined();
  });

  test('are reported once for each budget and day, and so is an account that is full', () => {
    const { gate, told, clock } = aGate();
    gate.adopt(acme, ['acme']);
    const all: UsedUp = { ...acme, total, isFull: true };
    gate.adopt(all, ['acme']);
    gate.adopt(all, ['acme']);
    gate.adopt({ ...all, tenants: [] }, ['other']);
    expect(told).toEqual([{ tenant: 'acme', because, until: 5_000 }, { because: inTotal, until: 5_000 }, 'full']);
    clock.now = 6_000;
    gate.adopt({ ...all, until: 10_000 }, ['acme']);
    expect(told).toHaveLength(6);
  });
});
