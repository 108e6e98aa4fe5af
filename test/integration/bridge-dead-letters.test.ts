import type { Client } from '@temporalio/client';
import type { ReadRecord } from '../../dev/stack/followed-topic.ts';
import { connectTestClient, countRuns, startTestBridge } from '../support/bridge.ts';
import { committedOffsets, countRecords, createTestTopics, produce, readTopic } from '../support/kafka.ts';
import { aSummarizeMessage } from '../support/messages.ts';
import { waitUntil } from '../../dev/wait-until.ts';

jest.setTimeout(60_000);

let client: Client;
beforeAll(async () => {
  client = await connectTestClient();
});
afterAll(() => client.connection.close());

const header = (record: ReadRecord | undefined, name: string) => String(record?.headers[name]);
const json = (value: unknown) => JSON.stringify(value);

it('a poison record is dead-lettered byte for byte, and then its offset moves', async () => {
  const topics = await createTestTopics('poison', { partitions: 1 });
  const poison = [
    {
      key: Buffer.from([0xff, 0]),
      value: Buffer.from([0x7b, 0xff]),
      headers: { a: Buffer.from([0xfe]), b: ['1', '2'] },
    },
    { key: null, value: null },
    { key: 'large', value: Buffer.alloc(300 * 1024, 'x') },
    { key: 'headers', value: '{}', headers: { h: 'x'.repeat(40_000) } },
    { key: 'list', value: '[]' },
  ];
  await produce(topics.input, [...poison, { key: 'good', value: json(aSummarizeMessage({ id: 'good' })) }]);
  const { component } = await startTestBridge(topics, { MAX_RECORD_BYTES: String(256 * 1024) });
  try {
    const letters = await readTopic(topics.deadLetters, { until: poison.length });
    const byOffset = letters.sort(
      (a, b) => Number(header(a, 'dead-letter-original-offset')) - Number(header(b, 'dead-letter-original-offset')),
    );
    expect(byOffset.map((letter) => header(letter, 'dead-letter-failure-type'))).toEqual([
      'Message.Unreadable',
      'Message.Unreadable',
      'Message.TooLarge',
      'Message.TooManyHeaders',
      'Message.Unreadable',
    ]);
    for (const [index, { key, value }] of poison.entries()) {
      expect(byOffset[index]?.key).toEqual(key === null ? null : Buffer.from(key));
      expect(byOffset[index]?.value).toEqual(value === null ? null : Buffer.from(value));
    }
    expect(byOffset[0]?.headers).toMatchObject({ a: Buffer.from([0xfe]), b: [Buffer.from('1'), Buffer.from('2')] });
    expect(header(byOffset[0], 'dead-letter-workflow-id')).toBe(`record:${topics.input}:0:0`);

    await waitUntil('the offset', async () => (await committedOffsets(topics.groupId, topics.input))[0] === '6');
    await waitUntil('visibility', async () => (await countRuns(client, topics.input)) === 1);
  } finally {
    await component.drain();
  }
});

it('the same message again is one workflow; another one under its id is a dead letter', async () => {
  const topics = await createTestTopics('conflict', { partitions: 1 });
  const original = json(aSummarizeMessage({ id: 'twice' }));
  const other = json(aSummarizeMessage({ id: 'twice', payload: { text: 'Another text.' } }));
  await produce(
    topics.input,
    [original, original, other].map((value) => ({ key: 'k', value })),
  );
  const { component, metrics } = await startTestBridge(topics);
  try {
    const [letter] = await readTopic(topics.deadLetters, { until: 1 });
    await waitUntil('the offset', async () => (await committedOffsets(topics.groupId, topics.input))[0] === '3');
    const { memo } = await client.workflow.getHandle(`message:${topics.input}:twice`).describe();
    const results = (await metrics.bridge.records.get()).values.map(({ labels, value }) => [labels.result, value]);

    expect(header(letter, 'dead-letter-failure-type')).toBe('Message.IdConflict');
    expect(header(letter, 'dead-letter-workflow-id')).toBe(`message:${topics.input}:twice`);
    expect(memo?.['contentHash']).toMatch(/^[0-9a-f]{64}$/);
    expect(Object.fromEntries(results)).toEqual({ started: 1, duplicate: 1, 'dead-lettered': 1 });
    await waitUntil('visibility', async () => (await countRuns(client, topics.input)) === 1);
  } finally {
    await component.drain();
  }
});

it('any JSON object becomes a workflow, whatever text it brings', async () => {
  const topics = await createTestTopics('odd', { partitions: 1 });
  const odd = [
    { 'no envelope': true },
    { id: 'a\u0000b', type: 'x\u0000y', tenant: `${'t'.repeat(63)}€\u0000`, priority: 1, payload: {} },
    { id: 'i'.repeat(5_000), type: '😀'.repeat(300), tenant: 7, priority: 'high' },
  ].map((value) => json(value));
  const loneSurrogate = '{"id":"\\ud800","type":"\\ud800","tenant":"\\udc00"}';
  await produce(
    topics.input,
    [...odd, loneSurrogate].map((value) => ({ key: `k\u0000${'ä'.repeat(400)}`, value })),
  );
  const { component } = await startTestBridge(topics);
  try {
    await waitUntil('the offset', async () => (await committedOffsets(topics.groupId, topics.input))[0] === '4');
    await waitUntil('visibility', async () => (await countRuns(client, topics.input)) === 4);
    expect(await countRecords(topics.deadLetters)).toBe(0);
  } finally {
    await component.drain();
  }
});
