import { createMix, idOfPrompt, positionOf, type MixName } from '../../../../bench/limits/mix.ts';
import { tokensIn } from '../../../../dev/standin/answer.ts';
import { createProcessorRegistry } from '../../../../processors/registry.ts';

const processors = createProcessorRegistry();

/** The request that the pipeline makes of a message. */
function requestOf(value: string) {
  const { type, payload } = JSON.parse(value) as { type: string; payload: object };
  const preparation = processors.get(type)!.preprocess(payload, []);
  if (preparation.kind !== 'completion') throw new Error(`${type} needs no model`);
  return preparation.request;
}

/** What the stand-in's limit counts for each message: the larger of the prompt and the output it allows. */
const charges = (mix: MixName) =>
  createMix(mix)
    .next(2_000)
    .map(({ value }) => {
      const { messages, maxOutputTokens } = requestOf(value);
      return Math.max(
        maxOutputTokens,
        messages.reduce((sum, { content }) => sum + tokensIn(content), 0),
      );
    });
const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;

describe('the mix of short and long prompts', () => {
  it('is the same in every run', () => {
    expect(createMix('mixed').next(500)).toEqual(createMix('mixed').next(500));
  });

  it('goes on where it was, so that no id comes twice', () => {
    const mix = createMix('mixed');
    const ids = [...mix.next(300), ...mix.next(1), ...mix.next(300)].map(({ id }) => id);
    expect(new Set(ids).size).toBe(601);
  });

  it('uses 600 requests a minute and most of 60,000 tokens: requests bind, tokens are close behind', () => {
    expect(mean(charges('mixed')) * 600).toBeGreaterThan(50_000);
    expect(mean(charges('mixed')) * 600).toBeLessThan(55_000);
  });

  it('has one long prompt in five, several times as long as a short one', () => {
    const all = charges('mixed').sort((one, other) => one - other);
    const short = mean(all.slice(0, 1_600));
    expect(mean(all.slice(1_600)) / short).toBeGreaterThan(2.5);
    expect(all[1_550]).toBeLessThan(short * 1.3);
  });

  it('leaves no doubt which limit binds when all are short, or all are long', () => {
    expect(mean(charges('short')) * 600).toBeLessThan(45_000);
    expect(mean(charges('long')) * 600).toBeGreaterThan(100_000);
  });
});

describe('a message of the mix', () => {
  it('can be told from the 80 characters of its prompt that the ledger keeps', () => {
    const messages = createMix('mixed').next(12_000).slice(11_900);
    const told = messages.map(({ value }) => idOfPrompt(requestOf(value).messages.at(-1)!.content.slice(0, 80)));
    expect(told).toEqual(messages.map(({ id }) => id));
  });

  it('has the position that the broker gives the records of one producer', () => {
    const next = new Map<number, bigint>();
    for (const { id, partition = -1 } of createMix('short').next(100)) {
      const offset = next.get(partition) ?? 0n;
      next.set(partition, offset + 1n);
      expect(positionOf(id)).toEqual({ partition, offset });
    }
    expect(next.size).toBe(6);
  });
});
