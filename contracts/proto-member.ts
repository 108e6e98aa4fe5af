import { levelsOf } from './json-levels.ts';

/** However its letters are escaped. */
const MAY_BE_THERE = /__proto__|\\u00/;

/**
 * Whether a JSON text has a member named `__proto__`, at any depth. `JSON.parse` makes it one like any other, but schemas copy objects and
 * drop it without a word.
 * @param parsed the same text as a value.
 */
export function hasProtoMember(text: string, parsed: unknown): boolean {
  if (!MAY_BE_THERE.test(text)) return false;
  for (const level of levelsOf(parsed)) {
    if (level.some((one) => Object.hasOwn(one, '__proto__'))) return true;
  }
  return false;
}
