import type { Client } from '@temporalio/client';
import { startPipelineProcess } from '../../dev/stack/pipeline-process.ts';
import { connectTestClient, countRuns, NO_BACKPRESSURE, startTestBridge } from '../support/bridge.ts';
import { committedOffsets, countRecords, createTestTopics, produce } from '../support/kafka.ts';
import { aSummarizeMessage } from '../support/messages.ts';
import { testStack } from '../support/stack.ts';
import { startTcpProxy } from '../../dev/stack/tcp-proxy.ts';
import { waitUntil } from '../../dev/wait-until.ts';

jest.setTimeout(120_000);

let client: Client;
beforeAll(async () => {
  client = await connectTestClient();
});
afterAll(() => client.connection.close());

const someMessages = (count: number) =>
  Array.from({ length: count }, (_, index) => ({
    key: `key-${String(index)}`,
    value: JSON.stringify(aSummarizeMessage({ id: `m-${String(index)}` })),
  }));
const committedIn = async (groupId: string, topic: string) =>
  Object.values(await committedOffsets(groupId, topic)).reduce((sum, offset) => sum + Math.max(Number(offset), 0), 0);

it('a crash between start and resolve loses no message and starts no second workflow', async () => {
  const topics = await createTestTopics('crash');
  const env = { ...testStack().env, ...topics.env, ...NO_BACKPRESSURE };
  const crashing = await startPipelineProcess({ entry: 'bridge/main.js', env });
  try {
    await crashing.ready();
    await produce(topics.input, someMessages(1_500));
    await waitUntil('some starts', async () => (await countRuns(client, topics.input)) > 20, { everyMs: 5 });
  } finally {
    await crashing.kill();
  }

  const startedBefore = await countRuns(client, topics.input);
  expect(await committedIn(topics.groupId, topics.input)).toBeLessThan(startedBefore);
  expect(startedBefore).toBeLessThan(1_500);

  // The group waits for the dead member until its session ends (30 s).
  const { component, metrics } = await startTestBridge(topics);
  try {
    await waitUntil('every offset', async () => (await committedIn(topics.groupId, topics.input)) === 1_500, {
      timeoutMs: 90_000,
    });
    await waitUntil('visibility', async () => (await countRuns(client, topics.input)) >= 1_500);
    expect(await countRuns(client, topics.input)).toBe(1_500);
    const { values } = await metrics.bridge.records.get();
    expect(values.find(({ labels }) => labels.result === 'duplicate')?.value).toBeGreaterThan(0);
  } finally {
    await component.drain();
  }
});

it('while Temporal is down no offset moves and nothing is dead-lettered; then everything arrives', async () => {
  const topics = await createTestTopics('outage', { partitions: 1 });
  const proxy = await startTcpProxy(testStack().temporalAddress);
  const { component } = await startTestBridge(topics, { TEMPORAL_ADDRESS: proxy.address }).catch(
    async (error: unknown) => {
      await proxy.close();
      throw error;
    },
  );
  try {
    await produce(topics.input, someMessages(1));
    await waitUntil('the first offset', async () => (await committedIn(topics.groupId, topics.input)) === 1);
    proxy.cut();
    await produce(topics.input, someMessages(10).slice(1));
    await waitUntil('the outage to show', () => component.notReadyBecause()?.startsWith('Temporal'), {
      timeoutMs: 30_000,
    });
    expect(await committedIn(topics.groupId, topics.input)).toBe(1);
    expect(await countRuns(client, topics.input)).toBe(1);

    proxy.restore();
    await waitUntil('the rest', async () => (await committedIn(topics.groupId, topics.input)) === 10, {
      timeoutMs: 30_000,
    });
    await waitUntil('visibility', async () => (await countRuns(client, topics.input)) === 10);
    expect(component.notReadyBecause()).toBeUndefined();
    expect(await countRecords(topics.deadLetters)).toBe(0);
  } finally {
    await component.drain();
    await proxy.close();
  }
});

it('a drained bridge has committed everything that it started', async () => {
  const topics = await createTestTopics('drain');
  await produce(topics.input, someMessages(2_000));
  const { component } = await startTestBridge(topics);
  await waitUntil('some starts', async () => (await countRuns(client, topics.input)) > 20, { everyMs: 5 });
  await component.drain();
  const committed = await committedIn(topics.groupId, topics.input);
  await waitUntil('visibility', async () => (await countRuns(client, topics.input)) >= committed);
  const after = await countRuns(client, topics.input);
  // Starts behind an unfinished one are not committed; they are as many as run at once, at most.
  expect(after - committed).toBeLessThan(32);
});
