import { levelsOf } from './json-levels.ts';

/** Whether objects and arrays nest deeper than `limit` in a parsed JSON value; one that is no object has depth 0. */
export function isDeeperThan(limit: number, value: unknown): boolean {
  let depth = 0;
  for (const _level of levelsOf(value)) {
    depth += 1;
    if (depth > limit) return true;
  }
  return false;
}
