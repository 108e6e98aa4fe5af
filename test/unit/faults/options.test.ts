import { parseFaultOptions, UsageError } from '../../../faults/options.ts';
import { FAULT_CASES } from '../../../faults/registry.ts';
import { selectCases } from '../../../faults/run-matrix.ts';

const namesFor = (...args: string[]) => selectCases(FAULT_CASES, parseFaultOptions(args)).map(({ name }) => name);

it('takes the first tier and one seed unless told otherwise', () => {
  expect(parseFaultOptions([])).toMatchObject({ tier: 1, seeds: [1], only: [], jobs: 1, json: false });
});

it('takes several seeds', () => {
  expect(parseFaultOptions(['--seed', '7', '--seed', '8']).seeds).toEqual([7, 8]);
});

it('runs as many cases at a time as asked', () => {
  expect(parseFaultOptions(['--jobs', '4']).jobs).toBe(4);
});

it('finds cases by the beginning of their name, in every tier', () => {
  expect(namesFor('--only', 'rebalance-storm')).toEqual(['rebalance-storm']);
  expect(namesFor('--only', 'rebalance-storm', '--tier', '2')).toEqual([]);
});

it('each tier has the cases of those below it', () => {
  const [first, second, third] = ['1', '2', '3'].map((tier) => namesFor('--tier', tier));
  expect(second).toEqual(expect.arrayContaining(first!));
  expect(third).toEqual(expect.arrayContaining(second!));
  expect(third).toHaveLength(FAULT_CASES.length);
});

it('no two cases share a name, and each name can be part of a topic’s', () => {
  const names = FAULT_CASES.map(({ name }) => name);
  expect(new Set(names).size).toBe(names.length);
  expect(names.filter((name) => !/^[a-z0-9-]{1,60}$/.test(name))).toEqual([]);
});

it.each([['--tier', '4'], ['--seed', 'x'], ['--jobs', '0'], ['--sede', '1'], ['case-name']])(
  'refuses %s %s with a sentence',
  (...args) => {
    expect(() => parseFaultOptions(args)).toThrow(UsageError);
  },
);
