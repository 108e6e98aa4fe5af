import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadConfig } from '../../../config/load.ts';
import { ConfigurationError } from '../../../lifecycle/errors.ts';

let folder: string;
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'settings-'))));
afterEach(() => {
  rmSync(folder, { recursive: true });
});

function file(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}
const load = (env: Record<string, string>) => loadConfig({ OPENAI_API_KEY: 'key', ...env });
function problemsOf(env: Record<string, string>): string[] {
  try {
    load(env);
  } catch (error) {
    if (error instanceof ConfigurationError)
      return error.message
        .split('\n')
        .slice(1)
        .map((line) => line.trim());
    throw error;
  }
  return [];
}

describe('PRICES_FILE', () => {
  test.each([
    ['prices.yaml', 'currency: USD\nmodels:\n  gpt-4o-mini: { input: 0.15, cachedInput: 0.075, output: 0.60 }\n'],
    [
      'prices.json',
      '{\n\t"currency": "USD",\n\t"models": {"gpt-4o-mini": {"input": 0.15, "cachedInput": 0.075, "output": 0.60}}\n}',
    ],
  ])('may be %s', (name, text) => {
    expect(load({ PRICES_FILE: file(name, text) }).prices).toEqual({
      currency: 'USD',
      models: { 'gpt-4o-mini': { input: 0.15, cachedInput: 0.075, output: 0.6 } },
      batch: 0.5,
      providers: {},
    });
  });

  test('may be the sample that docker-compose.yml mounts', () => {
    expect(load({ PRICES_FILE: 'deploy/settings/prices.yaml' }).prices?.currency).toBe('USD');
  });

  test('names every problem with file and path, beside the problems of variables', () => {
    const path = file(
      'prices.yaml',
      'currency: dollars\nmodels:\n  a: { input: -1, output: 1, cached: 1 }\n  b: { input: 1 }\nbatch: 50\n',
    );
    const problems = problemsOf({ PRICES_FILE: path, LOG_LEVEL: 'loud' });
    for (const where of [
      'currency',
      'models.a.input',
      'models.a: Unrecognized key: "cached"',
      'models.b.output',
      'batch',
    ]) {
      expect(problems.filter((problem) => problem.startsWith(`PRICES_FILE: ${path}: ${where}`))).toHaveLength(1);
    }
    expect(problems).toContainEqual(expect.stringContaining('LOG_LEVEL'));
  });

  test('names the line where it cannot be read as YAML', () => {
    const path = file('prices.yaml', 'currency: USD\nmodels:\n  a: { input: 1\nbatch: 1\n');
    expect(problemsOf({ PRICES_FILE: path })).toEqual([
      expect.stringMatching(/^PRICES_FILE: .*prices\.yaml: .* line \d/),
    ]);
  });

  test('has to be there', () => {
    const missing = join(folder, 'none.yaml');
    expect(problemsOf({ PRICES_FILE: missing })).toEqual([
      expect.stringContaining(`PRICES_FILE: ${missing}: cannot be read (ENOENT)`),
    ]);
  });

  test('is of no interest to a process that calls no provider', () => {
    expect(load({ PRICES_FILE: join(folder, 'none.yaml'), WORKER_ROLE: 'pipeline' }).prices).toBeUndefined();
  });
});

describe('BUDGETS_FILE', () => {
  test('has limits for a day, in tokens and in the currency of the price list', () => {
    const prices = file('prices.yaml', 'currency: EUR\n');
    const path = file(
      'budgets.yaml',
      'total: { costPerDay: 20 }\ntenants:\n  acme: { tokensPerDay: 1000 }\n  vip: {}\n',
    );
    expect(load({ BUDGETS_FILE: path, PRICES_FILE: prices }).budgets).toEqual({
      timeZone: 'UTC',
      currency: 'EUR',
      total: { costPerDay: 20 },
      tenants: { acme: { tokensPerDay: 1_000 }, vip: {} },
    });
  });

  test('may be the sample that docker-compose.yml mounts', () => {
    const samples = { BUDGETS_FILE: 'deploy/settings/budgets.yaml', PRICES_FILE: 'deploy/settings/prices.yaml' };
    expect(load(samples).budgets?.currency).toBe('USD');
  });

  test('names every problem with file and path', () => {
    const path = file(
      'budgets.yaml',
      'timeZone: Mars/Base\ntotal: { tokensPerDay: 1.5 }\ntenants: { acme: { costPerDay: 0 }, b: { tokens: 1 } }\n',
    );
    const problems = problemsOf({ BUDGETS_FILE: path });
    for (const where of ['timeZone', 'total.tokensPerDay', 'tenants.acme.costPerDay', 'tenants.b']) {
      expect(problems.filter((problem) => problem.startsWith(`BUDGETS_FILE: ${path}: ${where}`))).toHaveLength(1);
    }
  });

  test('cannot name more tenants than the account of the day can hand on', () => {
    const tenants = Object.fromEntries(
      Array.from({ length: 5_000 }, (_, index) => [
        `tenant-${String(index).padStart(20, '0')}`,
        { tokensPerDay: 1_000 },
      ]),
    );
    const path = file('budgets.json', JSON.stringify({ tenants }));
    expect(problemsOf({ BUDGETS_FILE: path })).toEqual([
      expect.stringContaining(`BUDGETS_FILE: ${path}: tenants: must be at most 250000 bytes`),
    ]);
  });

  test('cannot limit money without prices', () => {
    const path = file('budgets.yaml', 'tenants: { acme: { costPerDay: 1 } }\ndefaultTenant: { costPerDay: 1 }\n');
    expect(problemsOf({ BUDGETS_FILE: path })).toEqual([
      `BUDGETS_FILE: ${path}: defaultTenant.costPerDay: needs prices: set PRICES_FILE`,
      `BUDGETS_FILE: ${path}: tenants.acme.costPerDay: needs prices: set PRICES_FILE`,
    ]);
  });
});
