import { createWatermark } from '../../../bridge/watermark.ts';
import { seededRandom } from '../../support/seeded-random.ts';

describe('the watermark', () => {
  it('moves only to the last record before the first unfinished one', () => {
    const watermark = createWatermark(['10', '11', '14', '15']);
    expect(watermark.complete(2)).toBeUndefined();
    expect(watermark.complete(0)).toBe('10');
    expect(watermark.complete(1)).toBe('14');
    expect(watermark.complete(3)).toBe('15');
    expect(watermark.completed).toBe(4);
  });

  it('ignores a completion that comes twice', () => {
    const watermark = createWatermark(['0', '1', '2']);
    expect(watermark.complete(0)).toBe('0');
    expect(watermark.complete(0)).toBeUndefined();
    expect(watermark.complete(1)).toBe('1');
    expect(watermark.completed).toBe(2);
  });

  it.each(Array.from({ length: 50 }, (_, seed) => seed))(
    'never passes an unfinished record, and never goes back, in any order (seed %i)',
    (seed) => {
      const random = seededRandom(seed);
      const offsets: string[] = [];
      for (let offset = 0n; offsets.length < 40; offset += BigInt(1 + Math.floor(random() * 3)))
        offsets.push(String(offset));
      const order = offsets.map((_, index) => ({ index, at: random() })).sort((a, b) => a.at - b.at);
      const finished = order.slice(0, Math.floor(random() * 41)).map(({ index }) => index);

      const watermark = createWatermark(offsets);
      const done = new Set<number>();
      let last = -1n;
      for (const index of finished) {
        done.add(index);
        const resolved = watermark.complete(index);
        const firstOpen = offsets.findIndex((_, candidate) => !done.has(candidate));
        const expected = firstOpen === -1 ? offsets.at(-1) : offsets[firstOpen - 1];
        if (resolved !== undefined) {
          expect(BigInt(resolved)).toBeGreaterThan(last);
          expect(resolved).toBe(expected);
          last = BigInt(resolved);
        } else expect(expected ?? '-1').toBe(String(last));
      }
    },
  );
});
