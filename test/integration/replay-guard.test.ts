import type { Client } from '@temporalio/client';
import type { Message } from 'kafkajs';
import type { ReadRecord } from '../../dev/stack/followed-topic.ts';
import { createTopics } from '../../dev/stack/topics.ts';
import { startPipelineProcess } from '../../dev/stack/pipeline-process.ts';
import { ConfigurationError } from '../../lifecycle/errors.ts';
import { connectTestClient, countRuns, NO_BACKPRESSURE, startTestBridge, type TestBridge } from '../support/bridge.ts';
import { ask, committedOffsets, createTestTopics, produce, readTopic, type TestTopics } from '../support/kafka.ts';
import { aSummarizeMessage } from '../support/messages.ts';
import { testStack } from '../support/stack.ts';
import { waitUntil } from '../../dev/wait-until.ts';

jest.setTimeout(120_000);

/** The namespace of the tests keeps a day. */
const TWO_DAYS_MS = 172_800_000;
const inAnHour = () => ({ ALLOW_REPLAY_UNTIL: new Date(Date.now() + 3_600_000).toISOString() });

let client: Client;
beforeAll(async () => {
  client = await connectTestClient();
});
afterAll(() => client.connection.close());

const messages = (count: number, timestamp?: number): Message[] =>
  Array.from({ length: count }, (_, index) => ({
    value: JSON.stringify(aSummarizeMessage({ id: `m-${String(index)}` })),
    ...(timestamp === undefined ? {} : { timestamp: String(timestamp) }),
  }));
const committedOf = async ({ groupId, input }: TestTopics) => (await committedOffsets(groupId, input))[0];

/** As retention does, but now. */
const deleteBefore = (offset: string, topic: string) =>
  ask(async (admin) => {
    // The library finds leaders only of topics it has asked about.
    await admin.fetchTopicOffsets(topic);
    await admin.deleteTopicRecords({ topic, partitions: [{ partition: 0, offset }] });
  });

/** Runs a bridge until the group stands there, and lets it leave. */
async function readTo(topics: TestTopics, offset: string, env: Readonly<Record<string, string>> = {}) {
  const { component, metrics } = await startTestBridge(topics, env);
  try {
    await waitUntil(`offset ${offset}`, async () => (await committedOf(topics)) === offset, { timeoutMs: 40_000 });
  } finally {
    await component.drain();
  }
  const { values } = await metrics.bridge.records.get();
  return Object.fromEntries(values.map(({ labels, value }): [string, number] => [String(labels.result), value]));
}

async function refusalOf(starting: Promise<TestBridge>): Promise<string> {
  const error: unknown = await starting.then(
    async ({ component }) => {
      await component.drain();
      throw new Error('The bridge started');
    },
    (refusal: unknown) => refusal,
  );
  expect(error).toBeInstanceOf(ConfigurationError);
  return (error as Error).message;
}

it('records that retention deleted unread stop the bridge; with permission it goes on, and needs it only once', async () => {
  const topics = await createTestTopics('unread', { partitions: 1 });
  await produce(topics.input, messages(3));
  await readTo(topics, '3');
  await produce(topics.input, messages(6).slice(3));
  await deleteBefore('5', topics.input);

  const refusal = await refusalOf(startTestBridge(topics));
  expect(refusal).toContain(`${topics.input}, partition 0: the group "${topics.groupId}" stands at offset 3`);
  expect(refusal).toContain('begins at 5: 2 records were deleted before they were read');
  expect(refusal).toContain('--allow-replay');

  expect(await readTo(topics, '6', inAnHour())).toEqual({ started: 1 });
  await readTo(topics, '6');
});

it('an offset behind the end of the topic stops the bridge; with permission it reads from the beginning', async () => {
  const topics = await createTestTopics('beyond', { partitions: 1 });
  await produce(topics.input, messages(3));
  await ask((admin) =>
    admin.setOffsets({
      ...{ groupId: topics.groupId, topic: topics.input },
      partitions: [{ partition: 0, offset: '500' }],
    }),
  );
  expect(await refusalOf(startTestBridge(topics))).toContain('stands at offset 500, but the topic ends at 3');
  expect(await committedOf(topics)).toBe('500');
  expect(await readTo(topics, '3', inAnHour())).toEqual({ started: 3 });
});

it('offsets moved back are no matter while Temporal knows the messages, and stop the bridge when it may not', async () => {
  const topics = await createTestTopics('moved', { partitions: 1 });
  const moveBack = () =>
    ask((admin) => admin.resetOffsets({ groupId: topics.groupId, topic: topics.input, earliest: true }));
  await produce(topics.input, messages(3));
  await readTo(topics, '3');
  await moveBack();
  expect(await readTo(topics, '3')).toEqual({ duplicate: 3 });

  const old = await createTestTopics('moved-far', { partitions: 1 });
  await produce(old.input, messages(3, Date.now() - TWO_DAYS_MS));
  await readTo(old, '3', inAnHour());
  // All read: that they are old is no matter.
  await readTo(old, '3');
  await ask((admin) =>
    admin.setOffsets({
      groupId: old.groupId,
      topic: old.input,
      partitions: [{ partition: 0, offset: '1' }],
    }),
  );
  expect(await refusalOf(startTestBridge(old))).toContain('2 records from offset 1 on are older than 24 h');
});

it('expired offsets over records that Temporal may have forgotten stop the bridge, young ones do not', async () => {
  const topics = await createTestTopics('expired', { partitions: 1 });
  await produce(topics.input, messages(2));
  await readTo(topics, '2');
  await ask((admin) => admin.deleteGroups([topics.groupId]));
  expect(await readTo(topics, '2')).toEqual({ duplicate: 2 });

  const old = await createTestTopics('expired-old', { partitions: 1 });
  await produce(old.input, messages(2, Date.now() - TWO_DAYS_MS));
  const refusal = await refusalOf(startTestBridge(old));
  expect(refusal).toContain('2 records from offset 0 on are older than 24 h');
  expect(refusal).toContain(`the group "${old.groupId}" has no offset`);
});

it('a bridge that joins a group at work is not asked, however old the backlog is', async () => {
  const topics = await createTestTopics('joins', { partitions: 2 });
  await produce(topics.input, messages(4, Date.now() - TWO_DAYS_MS));
  const full = { MAX_OPEN_WORKFLOWS: '1' };
  await client.workflow.start('processMessage', { workflowId: topics.groupId, taskQueue: 'nobody' });
  await waitUntil(
    'a full namespace',
    async () => (await client.workflow.count("ExecutionStatus = 'Running'")).count > 0,
  );
  const first = await startTestBridge(topics, { ...full, ...inAnHour() });
  try {
    const second = await startTestBridge(topics, full);
    await second.component.drain();
  } finally {
    await first.component.drain();
    await client.workflow.getHandle(topics.groupId).terminate();
  }
});

it('a topic that was made anew is read from its beginning, and equal records at equal places are not taken for old ones', async () => {
  const topics = await createTestTopics('anew', { partitions: 1 });
  const withoutId = { value: JSON.stringify({ type: 'summarize', payload: { text: 'The same text.' } }) };
  await produce(topics.input, [withoutId, ...messages(1)]);
  await readTo(topics, '2');
  await ask((admin) => admin.deleteTopics({ topics: [topics.input] }));
  await waitUntil('the offsets to go with the topic', async () => {
    const offsets = await ask((admin) => admin.fetchOffsets({ groupId: topics.groupId }));
    return offsets.every(({ partitions }) => partitions.every(({ offset }) => offset === '-1'));
  });
  await createTopics(testStack().brokers, [{ topic: topics.input, numPartitions: 1 }]);
  await produce(topics.input, [withoutId, ...messages(1)]);

  // The message with an id is known by it; the one without has the place of another one.
  expect(await readTo(topics, '2')).toEqual({ 'dead-lettered': 1, duplicate: 1 });
  const [letter] = await readTopic(topics.deadLetters, { until: 1 });
  const header = (read: ReadRecord | undefined, name: string) => read?.headers[name]?.toString();
  expect(header(letter, 'dead-letter-failure-type')).toBe('Message.IdConflict');
  await waitUntil('visibility', async () => (await countRuns(client, topics.input)) === 2);
});

it('a process that is refused exits with 78 and says why; with --allow-replay it reads', async () => {
  const topics = await createTestTopics('flag', { partitions: 1 });
  await produce(topics.input, messages(2, Date.now() - TWO_DAYS_MS));
  const env = { ...testStack().env, ...topics.env, ...NO_BACKPRESSURE, TEMPORAL_NAMESPACE: testStack().namespace };
  const refused = await startPipelineProcess({ entry: 'bridge/main.js', env });
  await expect(refused.ready()).rejects.toThrow('The bridge does not read on');
  expect(await refused.exited).toMatchObject({ code: 78 });

  const allowed = await startPipelineProcess({ entry: 'bridge/main.js', env, args: ['--allow-replay'] });
  try {
    await allowed.ready();
    await waitUntil('both', async () => (await committedOf(topics)) === '2', { timeoutMs: 30_000 });
  } finally {
    await allowed.kill();
  }
});
