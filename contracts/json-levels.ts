/**
 * The objects and arrays of a parsed JSON value, those of one depth together, the outermost first; none of a value that is no object.
 * Level by level: a recursion would overflow on deep nesting.
 */
export function* levelsOf(value: unknown): Generator<readonly object[]> {
  for (let level = [value].filter(isObject); level.length > 0;) {
    yield level;
    level = level.flatMap((parent) => Object.values(parent).filter(isObject));
  }
}

const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null;
