import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadSamples, toInputs } from '../../../dev/demo/samples.ts';
import { builtInProcessors } from '../../../processors/registry.ts';

const SHIPPED = join(__dirname, '../../../dev/samples/messages.yaml');

async function samplesFrom(yaml: string) {
  const folder = await mkdtemp(join(tmpdir(), 'samples-'));
  const path = join(folder, 'messages.yaml');
  await writeFile(path, yaml);
  return loadSamples(path).finally(() => rm(folder, { recursive: true }));
}
const TWO = `
messages:
  - { name: one, expect: result, message: { id: a, type: template } }
  - { name: again, expect: repeat, repeats: a }
`;

test('the shipped samples show every built-in type and every way to end', async () => {
  const inputs = toInputs(await loadSamples(SHIPPED), { standIn: true });
  const types = new Set(inputs.map(({ type }) => type));
  expect(builtInProcessors.map(({ type }) => type).filter((type) => !types.has(type))).toEqual([]);
  expect(new Set(inputs.map(({ expect: { kind } }) => kind))).toEqual(new Set(['result', 'repeat', 'dead-letter']));
  expect(new Set(inputs.map(({ tenant }) => tenant)).size).toBeGreaterThan(2);
  const text = inputs.map(({ value }) => value).join();
  for (const directive of ['429 retry-after=2', '500', 'invalid-json'])
    expect(text).toContain(`[stand-in: ${directive}`);
});

test('a repeat is the same bytes under the same key and id, in the second wave', async () => {
  const [one, again] = toInputs(await samplesFrom(TWO), { standIn: true });
  expect(again).toMatchObject({ id: 'a', key: 'a', value: one!.value, wave: 2, expect: { kind: 'repeat' } });
});

test('other content under an id that was sent before is in the second wave too', async () => {
  const other =
    '  - { name: other, expect: dead-letter Message.IdConflict, repeats: a, message: { id: a, type: chat } }';
  const [, , conflict] = toInputs(await samplesFrom(TWO + other), { standIn: true });
  expect(conflict).toMatchObject({ id: 'a', type: 'chat', wave: 2 });
});

test('repeating the samples gives new ids, and repeats follow their own round', async () => {
  const inputs = toInputs(await samplesFrom(TWO), { standIn: true, count: 5, runSuffix: '-r' });
  expect(inputs.map(({ id }) => id)).toEqual(['a-r', 'a-r', 'a-2-r', 'a-2-r', 'a-3-r']);
  expect(JSON.parse(inputs[2]!.value ?? '')).toMatchObject({ id: 'a-2-r' });
});

test('without the stand-in, a sample that carries a directive may end either way', async () => {
  const inputs = toInputs(await loadSamples(SHIPPED), { standIn: false });
  const steered = inputs.filter(({ value }) => value?.includes('[stand-in:') === true);
  expect(steered.length).toBeGreaterThan(2);
  expect(new Set(steered.map(({ expect: { kind } }) => kind))).toEqual(new Set(['any']));
});

test('a record can have any text as its value, or none', async () => {
  const yaml =
    "messages: [{ name: x, expect: dead-letter Message.Unreadable, raw: '{' }, { name: y, expect: result, raw: null }]";
  const [broken, tombstone] = toInputs(await samplesFrom(yaml), { standIn: true });
  expect(broken).toMatchObject({
    value: '{',
    key: null,
    expect: { kind: 'dead-letter', failureType: 'Message.Unreadable' },
  });
  expect(tombstone!.value).toBeNull();
});

test.each([
  ['an unknown failure type', 'messages: [{ name: x, expect: dead-letter Message.Wrong, raw: a }]', /failure type/],
  ['an unknown member', 'messages: [{ name: x, expect: result, row: a }]', /row/],
])('%s is an error that names it', async (_what, yaml, message) => {
  await expect(samplesFrom(yaml)).rejects.toThrow(message);
});

test('repeating an id that nobody has is an error', async () => {
  const samples = await samplesFrom('messages: [{ name: x, expect: repeat, repeats: nobody }]');
  expect(() => toInputs(samples, { standIn: true })).toThrow(/nobody/);
});
