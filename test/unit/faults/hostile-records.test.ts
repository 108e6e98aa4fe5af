import { createRandom } from '../../../dev/standin/random.ts';
import { HOSTILE_KINDS, hostileRecords } from '../../../faults/hostile/hostile-records.ts';

const bytes = (count: number, seed: number) =>
  hostileRecords(count, createRandom(seed)).map(({ value, key, id }) => [
    id,
    String(key),
    value === null ? value : Buffer.from(value).toString('base64'),
  ]);

it('has more than a hundred kinds, each with a name of its own', () => {
  const names = HOSTILE_KINDS.map(({ name }) => name);
  expect(names.length).toBeGreaterThan(100);
  expect(new Set(names).size).toBe(names.length);
});

it('makes the same records in the same order from the same seed, and others from another', () => {
  const count = HOSTILE_KINDS.length;
  expect(bytes(count, 7)).toEqual(bytes(count, 7));
  expect(bytes(count, 7)).not.toEqual(bytes(count, 8));
});

it('gives no two messages the same id', () => {
  const ids = hostileRecords(3 * HOSTILE_KINDS.length, createRandom(1)).flatMap(({ id }) => id ?? []);
  expect(new Set(ids).size).toBe(ids.length);
});
