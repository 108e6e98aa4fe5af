/** One sentence on what is wrong with the command line. */
export class UsageError extends Error {}

export function wholeNumber(name: string, text: string, { min, max }: { min: number; max: number }): number {
  const value = Number(text);
  if (!/^\d+$/.test(text) || value < min || value > max) {
    throw new UsageError(`--${name} takes a whole number from ${String(min)} to ${String(max)}.`);
  }
  return value;
}

export function numberAbove(name: string, text: string, least: number): number {
  const value = Number(text);
  if (!/^\d+(\.\d+)?$/.test(text) || value <= least || value > 100_000) {
    throw new UsageError(`--${name} takes a number above ${String(least)}, up to 100000.`);
  }
  return value;
}

export function oneOf<Choice extends string>(name: string, text: string, choices: readonly Choice[]): Choice {
  const chosen = choices.find((choice) => choice === text);
  if (chosen === undefined) throw new UsageError(`--${name} takes one of ${choices.join(', ')}.`);
  return chosen;
}
