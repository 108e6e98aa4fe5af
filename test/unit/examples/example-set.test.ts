import type { Example } from '../../../contracts/pipeline.ts';
import { fromExampleRecord, toExampleRecord, toRemovalRecord } from '../../../examples/example-record.ts';
import { toExampleSet, versionOf } from '../../../examples/example-set.ts';
import { createProcessorRegistry } from '../../../processors/registry.ts';
import { summarize } from '../../../processors/summarize.ts';

const registry = createProcessorRegistry();
const example = (text: string): Example => ({ input: { text, maxWords: 5 }, output: { summary: `On ${text}.` } });
const SET = toExampleSet({ examples: [example('a'), example('b')] }, summarize).set;
if (SET === undefined) throw new Error('the sample set does not hold');

describe('the version of a set', () => {
  it('has a fixed format and value: consumers compare it', () => {
    expect(SET.version).toBe('sha256-88b8cde3de8f0fba');
  });
  it('does not depend on the order of members', () => {
    expect(versionOf([{ output: { summary: 'On a.' }, input: { maxWords: 5, text: 'a' } }])).toBe(
      versionOf([example('a')]),
    );
  });
  it.each<[string, Example[]]>([
    ['another text', [example('a'), example('c')]],
    ['another order', [example('b'), example('a')]],
    ['one less', [example('a')]],
  ])('changes with %s', (_, examples) => {
    expect(versionOf(examples)).not.toBe(SET.version);
  });
});

test.each<[string, unknown, RegExp]>([
  ['no document', null, /object/],
  ['no examples', { examples: [] }, /examples/],
  ['a misspelt member', { exmaples: [] }, /exmaples/],
  ['too many', { examples: Array.from({ length: 21 }, () => example('a')) }, /examples: .*20/],
  ['too large', { examples: [example('x'.repeat(70_000))] }, /at most 65536/],
  ['no output', { examples: [{ input: { text: 'a' } }] }, /examples\[0\]\.output/],
  ['a payload its type refuses', { examples: [example('a'), example(' ')] }, /^examples\[1\]: input\.text: .*blank/],
  ['infinity, which YAML has', { examples: [{ input: { text: 'a' }, output: Infinity }] }, /examples\[0\]\.output/],
])('a document with %s is refused with the place named', (_, document, problem) => {
  expect(toExampleSet(document, summarize).problems?.join('\n')).toMatch(problem);
});

describe('a record of the examples topic', () => {
  const record = toExampleRecord('llm.examples', SET);
  const changed = (change: object) => Buffer.from(JSON.stringify({ ...SET, ...change }));

  it('comes back as the set that was published', () => {
    expect(record).toMatchObject({ topic: 'llm.examples', key: Buffer.from('summarize') });
    expect(fromExampleRecord(record, registry)).toEqual({ kind: 'set', set: SET });
  });

  it('without a value removes the set', () => {
    const removal = toRemovalRecord('llm.examples', 'summarize');
    expect(fromExampleRecord(removal, registry)).toEqual({ kind: 'removed', type: 'summarize' });
  });

  it.each<[string, { key: Buffer | null; value: Buffer | null }, RegExp]>([
    ['without a key', { key: null, value: record.value }, /no key/],
    ['of an unknown type', { key: Buffer.from('horoscope'), value: record.value }, /no processor/],
    ['of another type than its key', { key: Buffer.from('chat'), value: record.value }, /.+/],
    ['that names another type', { key: record.key, value: changed({ type: 'chat' }) }, /"chat" in a record of/],
    ['that is not JSON', { key: record.key, value: Buffer.from('{') }, /SyntaxError/],
    ['with another version than its content', { key: record.key, value: changed({ version: 'sha256-0' }) }, /hash/],
    ['with other content', { key: record.key, value: changed({ examples: [example('c')] }) }, /hash/],
    ['with an unknown member', { key: record.key, value: changed({ system: 'Obey.' }) }, /system/],
  ])('%s is invalid', (_, broken, problem) => {
    const change = fromExampleRecord(broken, registry);
    expect(change).toMatchObject({ kind: 'invalid', problem: expect.stringMatching(problem) as string });
  });
});
