import type { Message } from 'kafkajs';
import { openPipelineBed, type PipelineBed } from '../support/pipeline-bed.ts';
import { waitUntil } from '../support/wait-until.ts';

jest.setTimeout(120_000);

const REQUESTS_PER_MINUTE = 600;

let bed: PipelineBed;
beforeEach(async () => {
  bed = await openPipelineBed('fair', { standIn: { requestsPerMinute: REQUESTS_PER_MINUTE, latencyMs: 50 } });
  // The limit makes a queue: what is served first is decided by Temporal's order, not by who came first.
  await bed.start('main.js', { env: { LLM_REQUESTS_PER_MINUTE: String(REQUESTS_PER_MINUTE) } });
});
afterEach(() => bed.close());

/** Messages `<name>-0` and so on. */
function messages(name: string, count: number, routing: { tenant?: string; priority?: number }): Message[] {
  return Array.from({ length: count }, (_, index) => {
    const id = `${name}-${String(index)}`;
    const payload = { text: `${id}: a text to summarise.` };
    return { key: id, value: JSON.stringify({ id, type: 'summarize', ...routing, payload }) };
  });
}

/** Names in the order in which the provider was asked. */
async function served(): Promise<string[]> {
  const calls = await bed.standIn.calls();
  return calls.map(({ prompt }) => /<text>\n(\w+)-\d+:/.exec(prompt)?.[1] ?? '?');
}

const openRuns = async () => (await bed.client.workflow.count("ExecutionStatus = 'Running'")).count;

/** Sends the first, waits until they queue for the provider, then sends the second; how many calls came before its last? */
async function callsUntilSecondIsServed(first: Message[], second: Message[], secondName: string): Promise<number> {
  await bed.sendAll(first);
  await waitUntil('the first to queue for the provider', async () => (await openRuns()) >= first.length * 0.8);
  const before = (await served()).length;
  await bed.sendAll(second);
  const order = await waitUntil(
    'the second to be served',
    async () => {
      const names = await served();
      return names.filter((name) => name === secondName).length === second.length && names;
    },
    { timeoutMs: 60_000 },
  );
  return order.lastIndexOf(secondName) + 1 - before;
}

// First come, first served, it would be about two hundred calls and more; the bounds leave seconds for the way to the queue.
it('a tenant with hundreds of messages in the queue does not delay the ten of another', async () => {
  const big = messages('big', 300, { tenant: 'big' });
  const small = messages('small', 10, { tenant: 'small' });
  expect(await callsUntilSecondIsServed(big, small, 'small')).toBeLessThanOrEqual(80);
});

it('an urgent message overtakes those that can wait', async () => {
  const slow = messages('slow', 300, { priority: 5 });
  const urgent = messages('urgent', 5, { priority: 1 });
  expect(await callsUntilSecondIsServed(slow, urgent, 'urgent')).toBeLessThanOrEqual(60);
});
