import type { PipelineProcess } from '../../dev/stack/pipeline-process.ts';
import { bytesOf, expectOneResultEach, numbered, takeAccount } from '../support/accounting.ts';
import { headerText } from '../support/followed-topic.ts';
import { openPipelineBed, type PipelineBed } from '../support/pipeline-bed.ts';
import { testStack } from '../support/stack.ts';
import { startTcpProxy } from '../support/tcp-proxy.ts';
import { waitUntil } from '../support/wait-until.ts';

jest.setTimeout(180_000);

const MESSAGES = 80;
/** Keeps the bridge busy for as long as the messages are worked on, and every process with work under its hands. */
const LOAD = { MAX_OPEN_WORKFLOWS: '40', LLM_MAX_CONCURRENCY: '8' };
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
  running.set(part, await bed.start(entry, { args, env: { ...LOAD, ...env } }));
};

beforeAll(async () => {
  bed = await openPipelineBed('crash', { standIn: { latencyMs: 200 } });
  await Promise.all((Object.keys(PARTS) as Part[]).map((part) => startPart(part)));
});
afterAll(() => bed.close());

/** Kills a part in the middle of a load and starts it again, as an orchestrator would. */
async function killUnderLoad(part: Part) {
  const { ids, records } = numbered(part, MESSAGES);
  const before = bed.results.records.length;
  await bed.sendAll(records);
  sentBefore.push(...ids);
  await waitUntil('some results', () => bed.results.records.length >= before + 15, { everyMs: 5, timeoutMs: 60_000 });
  await running.get(part)?.kill();
  expect(bed.results.records.length).toBeLessThan(before + MESSAGES);
  await startPart(part);
  await bed.ended(sentBefore.length, { timeoutMs: 120_000 });
  const account = await takeAccount(bed);
  return { account, callsEach: ids.map((id) => account.calls.get(id)?.length ?? 0) };
}

it.each(['pipeline', 'bridge'] as const)(
  'kill -9 of the %s process costs no message and no further call',
  async (part) => {
    const { account, callsEach } = await killUnderLoad(part);
    expectOneResultEach(account, sentBefore);
    expect(callsEach).toEqual(callsEach.map(() => 1));
  },
);

it('kill -9 of the llm process repeats only the calls that it had under way', async () => {
  const { account, callsEach } = await killUnderLoad('llm');
  expectOneResultEach(account, sentBefore);
  const repeated = callsEach.filter((calls) => calls > 1);
  expect(repeated.length).toBeGreaterThan(0);
  expect(repeated.length).toBeLessThanOrEqual(Number(LOAD.LLM_MAX_CONCURRENCY));
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
