import fc from 'fast-check';
import { createWatermark } from '../../../bridge/watermark.ts';
import { holds } from '../../support/properties.ts';

/** Offsets with gaps, above what a double counts exactly, and completions of them in any order, some twice, some never. */
const batch = fc
  .tuple(
    fc.bigInt({ min: 0n, max: 2n ** 62n }),
    fc.array(fc.integer({ min: 1, max: 1_000 }), { minLength: 1, maxLength: 50 }),
  )
  .map(([first, gaps]) => {
    let offset = first;
    return gaps.map((gap) => String((offset += BigInt(gap))));
  })
  .chain((offsets) =>
    fc.tuple(fc.constant(offsets), fc.array(fc.nat({ max: offsets.length - 1 }), { maxLength: 120 })),
  );

test('what may be resolved is always the last record before the first unfinished one, and is said once', () => {
  holds(
    fc.property(batch, ([offsets, completions]) => {
      const watermark = createWatermark(offsets);
      const done = new Set<number>();
      let said: string | undefined;
      for (const index of completions) {
        done.add(index);
        const firstOpen = offsets.findIndex((_, candidate) => !done.has(candidate));
        const below = firstOpen === -1 ? offsets.length : firstOpen;
        const allowed = offsets[below - 1];
        expect(watermark.complete(index)).toBe(allowed === said ? undefined : allowed);
        expect(watermark.completed).toBe(below);
        said = allowed;
      }
    }),
  );
});

test('when all have completed, in whatever order, the last one is resolved', () => {
  holds(
    fc.property(
      batch.chain(([offsets]) =>
        fc.tuple(
          fc.constant(offsets),
          fc.shuffledSubarray(
            offsets.map((_, i) => i),
            { minLength: offsets.length },
          ),
        ),
      ),
      ([offsets, order]) => {
        const watermark = createWatermark(offsets);
        const said = order.map((index) => watermark.complete(index)).filter((offset) => offset !== undefined);
        expect(said.at(-1)).toBe(offsets.at(-1));
      },
    ),
  );
});
