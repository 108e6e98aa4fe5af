import type { Client } from '@temporalio/client';
import { PARKED, SEARCH_ATTRIBUTES } from '../../contracts/search-attributes.ts';
import { DependencyUnavailableError } from '../../lifecycle/errors.ts';
import { ensureSearchAttributes } from '../../temporal/search-attributes.ts';
import { connectTestClient, countRuns, openWorkflowIds, startTestBridge, type TestBridge } from '../support/bridge.ts';
import { committedOffsets, createTestTopics, produce } from '../support/kafka.ts';
import { aSummarizeMessage } from '../support/messages.ts';
import { createTestNamespace } from '../support/temporal-namespace.ts';
import { waitUntil } from '../../dev/wait-until.ts';

jest.setTimeout(120_000);

let client: Client;
beforeAll(async () => {
  client = await connectTestClient();
});
afterAll(() => client.connection.close());

const someMessages = (count: number, from = 0) =>
  Array.from({ length: count }, (_, index) => ({
    key: `key-${String(index)}`,
    value: JSON.stringify(aSummarizeMessage({ id: `m-${String(from + index)}` })),
  }));
const startedBy = async ({ metrics }: TestBridge) =>
  (await metrics.bridge.records.get()).values.find(({ labels }) => labels.result === 'started')?.value ?? 0;
const committedIn = async (groupId: string, topic: string) =>
  Object.values(await committedOffsets(groupId, topic)).reduce((sum, offset) => sum + Math.max(Number(offset), 0), 0);

it('two bridges share the partitions, and one takes over what the other leaves', async () => {
  const topics = await createTestTopics('share', { partitions: 4 });
  const first = await startTestBridge(topics);
  const second = await startTestBridge(topics);
  const members = new Set([first, second]);
  try {
    await waitUntil('both to be members', () =>
      [first, second].every(({ component }) => component.notReadyBecause() === undefined),
    );
    await produce(topics.input, someMessages(200));
    await waitUntil('every offset', async () => (await committedIn(topics.groupId, topics.input)) === 200, {
      timeoutMs: 60_000,
    });
    expect(await startedBy(first)).toBeGreaterThan(0);
    expect(await startedBy(second)).toBeGreaterThan(0);

    members.delete(first);
    await first.component.drain();
    await produce(topics.input, someMessages(100, 200));
    await waitUntil('the rest', async () => (await committedIn(topics.groupId, topics.input)) === 300, {
      timeoutMs: 60_000,
    });
    await waitUntil('visibility', async () => (await countRuns(client, topics.input)) >= 300);
    expect(await countRuns(client, topics.input)).toBe(300);
  } finally {
    await Promise.all([...members].map(({ component }) => component.drain()));
  }
});

it('no more workflows are open than allowed; the rest stays in Kafka and follows as they end', async () => {
  const topics = await createTestTopics('pressure', { partitions: 2 });
  const namespace = await createTestNamespace();
  const own = await connectTestClient(namespace);
  await produce(topics.input, someMessages(60));
  const { component, metrics } = await startTestBridge(topics, {
    TEMPORAL_NAMESPACE: namespace,
    MAX_OPEN_WORKFLOWS: '20',
  });
  try {
    await waitUntil('the pause', async () => (await metrics.bridge.pausedPartitions.get()).values[0]?.value === 2);
    await waitUntil('visibility', async () => (await countRuns(own, topics.input)) === 20);
    expect(await committedIn(topics.groupId, topics.input)).toBeLessThanOrEqual(20);
    expect(component.notReadyBecause()).toBeUndefined();

    const terminateOpen = async () => {
      const open = await openWorkflowIds(own, topics.input);
      expect(open.length).toBeLessThanOrEqual(20);
      await Promise.allSettled(open.map((id) => own.workflow.getHandle(id).terminate()));
      return (await committedIn(topics.groupId, topics.input)) === 60;
    };
    await waitUntil('the rest', terminateOpen, { timeoutMs: 60_000, everyMs: 500 });
    expect(await countRuns(own, topics.input)).toBe(60);
  } finally {
    await component.drain();
    await own.connection.close();
  }
});

it('messages that are parked do not count as open, but for those beyond the bound on them', async () => {
  const topics = await createTestTopics('parked');
  const namespace = await createTestNamespace();
  const own = await connectTestClient(namespace);
  await ensureSearchAttributes(own);
  const start = (workflowId: string, state?: string) =>
    own.workflow.start('processMessage', {
      ...{ workflowId, taskQueue: 'nobody-polls', workflowIdConflictPolicy: 'USE_EXISTING' as const },
      typedSearchAttributes: state === undefined ? [] : [{ key: SEARCH_ATTRIBUTES.pipelineState, value: state }],
    });
  await waitUntil('the search attributes', () => start('parked-0', PARKED), { timeoutMs: 30_000 });
  await Promise.all(Array.from({ length: 7 }, (_, index) => start(`parked-${String(index + 1)}`, PARKED)));
  await start('open');
  const { component, metrics } = await startTestBridge(topics, {
    TEMPORAL_NAMESPACE: namespace,
    MAX_PARKED_WORKFLOWS: '5',
  });
  const isCounted = async (open: number) => (await metrics.bridge.openWorkflows.get()).values[0]?.value === open;
  try {
    await waitUntil('one that is open, and three parked beyond the bound', () => isCounted(4));
    for (const index of [0, 1, 2, 3]) await own.workflow.getHandle(`parked-${String(index)}`).terminate();
    await waitUntil('the open one alone', () => isCounted(1));
  } finally {
    await component.drain();
    await own.connection.close();
  }
});

it('a missing topic stops the start with the sentence that helps', async () => {
  const topics = await createTestTopics('missing');
  const start = startTestBridge(topics, { KAFKA_DEAD_LETTER_TOPIC: 'nobody-made-this' });
  await expect(start).rejects.toThrow(DependencyUnavailableError);
  await expect(start).rejects.toThrow('"nobody-made-this" cannot be found: create with');
});

it.each([
  ['Kafka', { KAFKA_BROKERS: '127.0.0.1:1' }],
  ['Temporal', { TEMPORAL_ADDRESS: '127.0.0.1:1' }],
])('a %s that does not answer ends the start within seconds', async (_, env) => {
  const topics = await createTestTopics('nobody');
  await expect(startTestBridge(topics, env)).rejects.toThrow(DependencyUnavailableError);
});
