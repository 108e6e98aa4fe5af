import type { Message } from 'kafkajs';
import { openPipelineBed, type PipelineBed } from '../support/pipeline-bed.ts';
import { waitUntil } from '../../dev/wait-until.ts';

jest.setTimeout(120_000);

const REQUESTS_PER_MINUTE = 600;
const QUEUED = 1_000;
/** The pipeline takes in some hundred messages a second, and ten are served meanwhile: enough to be above `QUEUED` at the end. */
const BACKLOG = 1_400;
/** `temporal.api.enums.v1.TaskQueueType`, whose package is not among ours. */
const ACTIVITY_QUEUE = 2 as never;

let bed: PipelineBed;
beforeAll(async () => {
  bed = await openPipelineBed('fair', { standIn: { requestsPerMinute: REQUESTS_PER_MINUTE, latencyMs: 50 } });
  // The limit makes a queue: what is served first is decided by Temporal's order, not by who came first.
  await bed.start('main.js', { env: { LLM_REQUESTS_PER_MINUTE: String(REQUESTS_PER_MINUTE) } });
  await bed.sendAll(messages('backlog', BACKLOG, { tenant: 'large', priority: 5 }));
  // None may be left in Kafka, where it would be before whoever comes after. The second test finds what the first one left.
  const isQueued = async () => (await runs()) === BACKLOG && (await queued()) >= QUEUED + 50;
  await waitUntil('the backlog to be in the queue', isQueued, { timeoutMs: 60_000, everyMs: 200 });
});
afterAll(() => bed.close());

/** Messages `<name>-0` and so on. */
function messages(name: string, count: number, routing: { tenant: string; priority: number }): Message[] {
  return Array.from({ length: count }, (_, index) => {
    const id = `${name}-${String(index)}`;
    const payload = { text: `${id}: a text to summarise.` };
    return { key: id, value: JSON.stringify({ id, type: 'summarize', ...routing, payload }) };
  });
}

const runs = async (more = '') => (await bed.client.workflow.count(`WorkflowType = 'processMessage' ${more}`)).count;

/** Messages that wait for the provider: their runs are open, and Temporal has their tasks in the queue. */
async function queued(): Promise<number> {
  const open = await runs("AND ExecutionStatus = 'Running'");
  const { stats } = await bed.client.workflowService.describeTaskQueue({
    namespace: bed.env['TEMPORAL_NAMESPACE']!,
    taskQueue: { name: 'llm' },
    taskQueueType: ACTIVITY_QUEUE,
    reportStats: true,
  });
  // The server takes what was served off its count only now and then; the open runs are exact.
  return Math.min(open, Number(stats?.approximateBacklogCount ?? 0));
}

/** Names in the order in which the provider was asked. */
async function served(): Promise<string[]> {
  const calls = await bed.standIn.calls();
  return calls.map(({ prompt }) => /<text>\n(\w+)-\d+:/.exec(prompt)?.[1] ?? '?');
}

/** Sends ten into the queue. How many calls were there from then on, until the last of them was served? */
async function callsUntilTenAreServed(name: string, routing: { tenant: string; priority: number }): Promise<number> {
  expect(await queued()).toBeGreaterThanOrEqual(QUEUED);
  const before = (await served()).length;
  await bed.sendAll(messages(name, 10, routing));
  const order = await waitUntil(
    `the messages ${name} to be served`,
    async () => {
      const names = await served();
      return names.filter((one) => one === name).length === 10 && names;
    },
    { timeoutMs: 30_000 },
  );
  return order.lastIndexOf(name) + 1 - before;
}

it('a tenant with 1,000 messages in the queue does not delay the ten of another: they are among the next 40 served', async () => {
  expect(await callsUntilTenAreServed('small', { tenant: 'small', priority: 5 })).toBeLessThanOrEqual(40);
});

it('ten urgent messages overtake 1,000 of the same tenant that can wait: they are among the next 40 served', async () => {
  expect(await callsUntilTenAreServed('urgent', { tenant: 'large', priority: 1 })).toBeLessThanOrEqual(40);
});
