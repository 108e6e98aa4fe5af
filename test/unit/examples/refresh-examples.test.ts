import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MockActivityEnvironment } from '@temporalio/testing';
import { createRefreshExamples } from '../../../activities/refresh-examples.ts';
import { createExampleRepository } from '../../../examples/example-repository.ts';
import { fromExampleRecord } from '../../../examples/example-record.ts';
import type { OutgoingRecord } from '../../../contracts/record.ts';
import { PublishError } from '../../../kafka/record-publisher.ts';
import { createProcessorRegistry } from '../../../processors/registry.ts';
import { createMetrics } from '../../../telemetry/metrics.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'examples-'));
});
afterEach(() => rm(folder, { recursive: true }));

const summaries = (summary: string) => JSON.stringify({ examples: [{ input: { text: 'a' }, output: { summary } }] });
const labels = JSON.stringify({ examples: [{ input: { text: 'a', labels: ['x', 'y'] }, output: { label: 'x' } }] });
const write = (name: string, content: string) => writeFile(join(folder, name), content);

/** The topic as the follower would read it: what is published is in use at once. */
function setup(options: { source?: string; broken?: boolean } = { source: folder }) {
  const registry = createProcessorRegistry();
  const repository = createExampleRepository();
  const published: OutgoingRecord[] = [];
  const publisher = {
    publish(record: OutgoingRecord) {
      if (options.broken === true) return Promise.reject(new PublishError('no leader', { permanent: false }));
      published.push(record);
      const change = fromExampleRecord(record, registry);
      if (change.kind === 'set') repository.put(change.set);
      if (change.kind === 'removed') repository.remove(change.type);
      return Promise.resolve({ topic: record.topic, partition: 0, offset: '0' });
    },
    close: () => Promise.resolve(),
  };
  const metrics = createMetrics().examples;
  const activity = createRefreshExamples({
    source: options.source,
    topic: 'llm.examples',
    repository,
    registry,
    publisher,
    metrics,
  });
  return { refresh: () => new MockActivityEnvironment().run(activity), repository, published, metrics };
}

test('only sets that changed are published, each under its type', async () => {
  const { refresh, published, repository } = setup();
  await write('summarize.json', summaries('one'));
  await write('classify.json', labels);
  expect(await refresh()).toMatchObject({ kind: 'refreshed', changed: [{ type: 'classify' }, { type: 'summarize' }] });
  expect(await refresh()).toEqual({
    kind: 'refreshed',
    changed: [],
    unchanged: ['classify', 'summarize'],
    removed: [],
  });
  await write('summarize.json', summaries('two'));
  const third = await refresh();
  const version = repository.setFor('summarize')?.version;
  expect(third).toMatchObject({ changed: [{ type: 'summarize', version, examples: 1 }], unchanged: ['classify'] });
  expect(published.map(({ key }) => key?.toString())).toEqual(['classify', 'summarize', 'summarize']);
});

test('a type without a file is removed by a tombstone', async () => {
  const { refresh, published, repository } = setup();
  await write('summarize.json', summaries('one'));
  await write('classify.json', labels);
  await refresh();
  await rm(join(folder, 'classify.json'));
  expect(await refresh()).toMatchObject({ removed: ['classify'], unchanged: ['summarize'], changed: [] });
  expect(published.at(-1)).toMatchObject({ key: Buffer.from('classify'), value: null });
  expect(repository.setFor('classify')).toBeUndefined();
});

test('a bad source changes nothing and names its problems', async () => {
  const { refresh, published, repository, metrics } = setup();
  await write('summarize.json', summaries('one'));
  await refresh();
  const before = repository.setFor('summarize');
  await write('summarize.json', summaries('two'));
  await write('classify.json', '{');
  expect(await refresh()).toEqual({
    kind: 'bad-source',
    problems: [expect.stringMatching(/^classify\.json: /) as string],
  });
  expect(repository.setFor('summarize')).toBe(before);
  expect(published).toHaveLength(1);
  expect((await metrics.refreshes.get()).values).toContainEqual({ labels: { result: 'failed' }, value: 1 });
});

test('a folder that became empty removes nothing', async () => {
  const { refresh, repository } = setup();
  await write('summarize.json', summaries('one'));
  await refresh();
  await rm(join(folder, 'summarize.json'));
  expect(await refresh()).toMatchObject({ kind: 'bad-source' });
  expect(repository.setFor('summarize')).toBeDefined();
});

test('many problems are cut to what fits a history', async () => {
  const { refresh } = setup();
  for (let n = 0; n < 103; n += 1) await write(`unknown-${String(n)}.json`, '{}');
  const result = await refresh();
  expect(result).toMatchObject({ problems: expect.arrayContaining(['… and 3 more']) as string[] });
});

test('a worker without a source says so', async () => {
  expect(await setup({}).refresh()).toMatchObject({ problems: [expect.stringContaining('EXAMPLES_SOURCE') as string] });
});

test('a broker that is away is a fault of the world, tried again', async () => {
  await write('summarize.json', summaries('one'));
  const refreshing = setup({ source: folder, broken: true }).refresh();
  await expect(refreshing).rejects.toMatchObject({ type: 'Kafka.Unavailable', nonRetryable: false });
});
