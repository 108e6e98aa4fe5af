import { createRandom } from '../../dev/standin/random.ts';
import { PARTITIONS } from '../partitions.ts';
import type { BenchMessage } from '../sender.ts';

/** The share of long prompts. */
const LONG_SHARE = { short: 0, mixed: 0.2, long: 1 } as const;
export type MixName = keyof typeof LONG_SHARE;
export const MIX_NAMES = Object.keys(LONG_SHARE) as MixName[];

export interface Mix {
  /** The next ones, in turns over the partitions. */
  next(count: number): BenchMessage[];
}

const SENTENCE = 'The carrier changed its route, so the parcel came two days late. ';
const SHORT_CHARS = { from: 10, to: 70 };
const LONG_CHARS = { from: 200, to: 760 };
const SUMMARY_WORDS = { from: 30, to: 75 };

/**
 * The same messages in every run. Short: `classify` of a sentence. Long: half of them `classify` of a page, whose prompt
 * is what a limit counts; half `summarize`, whose allowed output is.
 */
export function createMix(name: MixName): Mix {
  const random = createRandom();
  const between = ({ from, to }: { from: number; to: number }) => from + Math.floor(random() * (to - from + 1));
  let made = 0;

  function nextMessage(): BenchMessage {
    const index = made;
    made += 1;
    const id = `m-${String(index)}`;
    const value = JSON.stringify({ id, ...content(id) });
    return { id, value, partition: index % PARTITIONS };
  }

  function content(id: string): { type: string; payload: object } {
    const isLong = random() < LONG_SHARE[name];
    if (isLong && random() < 0.5) {
      return {
        type: 'summarize',
        payload: { text: textOf(id, between(SHORT_CHARS)), maxWords: between(SUMMARY_WORDS) },
      };
    }
    const text = textOf(id, between(isLong ? LONG_CHARS : SHORT_CHARS));
    return { type: 'classify', payload: { text, labels: ['late', 'lost'] } };
  }

  return { next: (count) => Array.from({ length: count }, nextMessage) };
}

/** The id comes first, so that what a ledger keeps of the prompt shows whose call it was. */
const textOf = (id: string, chars: number): string =>
  `${id}: ${SENTENCE.repeat(Math.ceil(chars / SENTENCE.length)).slice(0, chars)}`;

/** Whose call it was, from the start of its prompt. */
export const idOfPrompt = (prompt: string): string | undefined => /<text>\n(m-\d+): /.exec(prompt)?.[1];

/** Where the input topic has the message: all are sent in order by one producer, in turns over the partitions. */
export function positionOf(id: string): { readonly partition: number; readonly offset: bigint } {
  const index = Number(id.slice('m-'.length));
  return { partition: index % PARTITIONS, offset: BigInt(Math.floor(index / PARTITIONS)) };
}
