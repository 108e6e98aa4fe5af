import { shuffled } from '../cases/random.ts';
import type { Input } from '../bed/sender.ts';
import { harmless } from './harmless.ts';
import { invalid } from './invalid.ts';
import type { HostileKind } from './kind.ts';
import { oversize } from './oversize.ts';
import { unreadable } from './unreadable.ts';

export const HOSTILE_KINDS: readonly HostileKind[] = [...unreadable, ...invalid, ...oversize, ...harmless];

/** So many hostile records, each kind as often as every other one, in an order of the seed's. */
export function hostileRecords(count: number, random: () => number): Input[] {
  const inputs = Array.from({ length: count }, (_, index) => {
    const kind = HOSTILE_KINDS[index % HOSTILE_KINDS.length] as HostileKind;
    const input = kind.make(`hostile-${String(index)}`, random);
    return kind.endsAs === 'processed' ? input : { ...input, expect: { deadLetter: kind.endsAs } };
  });
  return shuffled(inputs, random);
}
