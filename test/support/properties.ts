import fc from 'fast-check';

/** The same cases in every run, so that no change fails by another one's luck. A failure prints it with the path to its case. */
const SEED = 20_260_801;

type Runs = Pick<fc.Parameters, 'numRuns'>;

export function holds<Ts>(property: fc.IProperty<Ts>, { numRuns = 500 }: Runs = {}): void {
  fc.assert(property, { seed: SEED, numRuns });
}

export async function holdsInTime<Ts>(property: fc.IAsyncProperty<Ts>, { numRuns = 30 }: Runs = {}): Promise<void> {
  await fc.assert(property, { seed: SEED, numRuns });
}

/** Any bytes. */
export const anyBytes = (maxLength = 64): fc.Arbitrary<Buffer> =>
  fc.uint8Array({ maxLength }).map((bytes) => Buffer.from(bytes));

/** Any UTF-16, half surrogate pairs and control characters included. */
export const anyText = (maxLength = 64): fc.Arbitrary<string> =>
  fc
    .array(fc.nat({ max: 0xff_ff }), { maxLength })
    .map((units) => units.map((unit) => String.fromCharCode(unit)).join(''));

/** Whether UTF-8 can carry it. */
export const isWellFormed = (text: string): boolean => Buffer.from(text).toString() === text;

/** The members that every object has, and others that parsers have fallen for. */
export const trickyName: fc.Arbitrary<string> = fc.constantFrom(
  ...['__proto__', 'constructor', 'prototype', 'toString', 'valueOf', 'hasOwnProperty', '__defineGetter__', '', ' '],
);
