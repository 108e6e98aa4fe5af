import { shuffled } from '../cases/random.ts';
import type { Input } from '../bed/sender.ts';
import { harmless } from './harmless.ts';
import { invalid } from './invalid.ts';
import { textOf, type HostileKind } from './kind.ts';
import { oversize } from './oversize.ts';
import { unreadable } from './unreadable.ts';

export const HOSTILE_KINDS: readonly HostileKind[] = [...unreadable, ...invalid, ...oversize, ...harmless];

/** So many hostile records, each kind as often as every other one, in an order of the seed's. */
export function hostileRecords(count: number, random: () => number): Input[] {
  const inputs = Array.from({ length: count }, (_, index) => {
    const kind = HOSTILE_KINDS[index % HOSTILE_KINDS.length] as HostileKind;
    const id = `hostile-${String(index)}`;
    const input = kind.make(id, random);
    return kind.endsAs === 'processed' ? withAnswer(input, id) : { ...input, expect: { deadLetter: kind.endsAs } };
  });
  return shuffled(inputs, random);
}

/** A kind that is about ids has another one than its text. */
function withAnswer(input: Input, id: string): Input {
  return String(input.value).includes(textOf(id)) ? { ...input, answer: `${id}:` } : input;
}
