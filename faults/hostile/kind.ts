import type { MessageFailureType } from '../../contracts/failure-types.ts';
import type { Input } from '../bed/sender.ts';

/** One way in which a record can be hostile, or look so. */
export interface HostileKind {
  readonly name: string;
  /** What has to become of it; `processed`: a result. */
  readonly endsAs: MessageFailureType | 'processed';
  /**
   * @param id that no other record has; a kind that is about ids makes its own from it.
   * @param random in 0…1, for what may vary.
   */
  readonly make: (id: string, random: () => number) => Omit<Input, 'expect'>;
}

/** Kinds that differ in one value, by the name of it. */
export function kindsOf<T>(
  [family, endsAs]: readonly [family: string, endsAs: HostileKind['endsAs']],
  values: Readonly<Record<string, T>>,
  make: (value: T, id: string, random: () => number) => Omit<Input, 'expect'>,
): HostileKind[] {
  return Object.entries(values).map(([name, value]) => ({
    name: `${family}: ${name}`,
    endsAs,
    make: (id, random) => make(value, id, random),
  }));
}

export const textOf = (id: string): string => `${id}: a text that looks harmless.`;

/** A good message with some members replaced or added. */
export function messageWith(id: string, members: Readonly<Record<string, unknown>> = {}): string {
  return JSON.stringify({ id, type: 'summarize', payload: { text: textOf(id) }, ...members });
}
