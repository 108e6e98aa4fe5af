import type { PipelineProcess } from '../../dev/stack/pipeline-process.ts';
import { bytesOf, expectOneResultEach, numbered, takeAccount } from '../support/accounting.ts';
import { headerText } from '../support/followed-topic.ts';
import { openPipelineBed, type PipelineBed } from '../support/pipeline-bed.ts';
import { testStack } from '../support/stack.ts';
import { startTcpProxy } from '../../dev/stack/tcp-proxy.ts';
import { waitUntil } from '../../dev/wait-until.ts';

jest.setTimeout(180_000);

/** Keeps the llm process busy for seconds. */
const CONCURRENCY = 8;
const PARTS = {
  bridge: { entry: 'bridge/main.js', args: [] },
  pipeline: { entry: 'workers/main.js', args: ['--role', 'pipeline'] },
  llm: { entry: 'workers/main.js', args: ['--role', 'llm'] },
} as const;
type Part = keyof typeof PARTS;

let bed: PipelineBed;
const sentBefore: string[] = [];
const running = new Map<Part, PipelineProcess>();
const startPart = async (part: Part, env: Record<string, string> = {}) => {
  const { entry, args } = PARTS[part];
  running.set(part, await bed.start(entry, { args, env: { LLM_MAX_CONCURRENCY: String(CONCURRENCY), ...env } }));
};

beforeAll(async () => {
  bed = await openPipelineBed('crash', { standIn: { latencyMs: 200 } });
  await Promise.all((Object.keys(PARTS) as Part[]).map((part) => startPart(part)));
});
afterAll(() => bed.close());

/** So that the kill finds work under way, whichever part it hits. */
const aCallJustBegun = async () =>
  (await bed.standIn.calls()).some(({ startedAt, endedAt }) => endedAt === null && Date.now() - startedAt < 100);

/** Kills a part in the middle of a load and starts it again, as an orchestrator would. */
async function killUnderLoad(part: Part, { messages, killAfter }: { messages: number; killAfter: number }) {
  const { ids, records } = numbered(part, messages);
  const before = bed.results.records.length;
  await bed.sendAll(records);
  sentBefore.push(...ids);
  await waitUntil('some results', () => bed.results.records.length >= before + killAfter, { everyMs: 5 });
  await waitUntil('a call that has just begun', aCallJustBegun, { everyMs: 10 });
  await running.get(part)?.kill();
  expect(bed.results.records.length).toBeLessThan(before + messages);
  await startPart(part);
  await bed.ended(sentBefore.length, { timeoutMs: 120_000 });
  const account = await takeAccount(bed);
  return { account, callsEach: ids.map((id) => account.calls.get(id)?.length ?? 0) };
}

it('kill -9 of the pipeline process costs no message and no further call', async () => {
  const { account, callsEach } = await killUnderLoad('pipeline', { messages: 80, killAfter: 15 });
  expectOneResultEach(account, sentBefore);
  expect(callsEach).toEqual(callsEach.map(() => 1));
});

it('kill -9 of the bridge process costs no message, and what is read again starts nothing again', async () => {
  // It is the fastest part: only with the first result is it still at it.
  const { account, callsEach } = await killUnderLoad('bridge', { messages: 400, killAfter: 1 });
  expectOneResultEach(account, sentBefore);
  expect(callsEach).toEqual(callsEach.map(() => 1));
  const metrics = await (await fetch(running.get('bridge')?.metricsUrl ?? '')).text();
  expect(metrics).toMatch(/pipeline_bridge_records_total\{result="duplicate"\} [1-9]/);
});

it('kill -9 of the llm process repeats only the calls that it had under way', async () => {
  const { account, callsEach } = await killUnderLoad('llm', { messages: 80, killAfter: 15 });
  expectOneResultEach(account, sentBefore);
  const repeated = callsEach.filter((calls) => calls > 1);
  expect(repeated.length).toBeGreaterThan(0);
  expect(repeated.length).toBeLessThanOrEqual(CONCURRENCY);
  expect(Math.max(...callsEach)).toBe(2);
});

it('a crash between publishing and recording it repeats the result with the same bytes', async () => {
  const proxy = await startTcpProxy(testStack().temporalAddress);
  try {
    await running.get('pipeline')?.kill();
    await startPart('pipeline', { TEMPORAL_ADDRESS: proxy.address });
    const text = 'twice: [stand-in: latency-ms=3000]';
    await bed.send({ value: JSON.stringify({ id: 'twice', type: 'summarize', payload: { text } }) });
    await waitUntil('the call', async () =>
      (await bed.standIn.calls()).some(({ prompt }) => prompt.includes('twice:')),
    );
    // The answer will still reach the worker; what the worker then says about its publishing will not arrive.
    proxy.muteClients();
    await bed.resultOf('twice');
    await running.get('pipeline')?.kill();
    await startPart('pipeline');
    await bed.client.workflow.getHandle(`message:${bed.topics.input}:twice`).result();
    const results = (await bed.results.toEnd()).filter((record) => headerText(record, 'message-id') === 'twice');
    expect(results).toHaveLength(2);
    expect(bytesOf(results[1]!)).toBe(bytesOf(results[0]!));
    expect((await takeAccount(bed)).calls.get('twice')).toHaveLength(1);
  } finally {
    await proxy.close();
  }
});
