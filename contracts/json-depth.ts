/**
 * Whether objects and arrays nest deeper than `limit` in a parsed JSON value; one that is no object has depth 0.
 * Level by level: a recursion would overflow on what this is there to refuse.
 */
export function isDeeperThan(limit: number, value: unknown): boolean {
  let level = [value].filter(isObject);
  for (let depth = 1; level.length > 0; depth += 1) {
    if (depth > limit) return true;
    level = level.flatMap((parent) => Object.values(parent).filter(isObject));
  }
  return false;
}

const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null;
