import type { PipelineProcess } from '../../dev/stack/pipeline-process.ts';
import { expectOneResultEach, numbered, takeAccount } from '../support/accounting.ts';
import { openPipelineBed, type PipelineBed } from '../support/pipeline-bed.ts';
import { testStack } from '../support/stack.ts';
import { startTcpProxy } from '../../dev/stack/tcp-proxy.ts';
import { waitUntil } from '../../dev/wait-until.ts';

jest.setTimeout(180_000);

const DRAIN_LIMIT_MS = 45_000;

let bed: PipelineBed;
beforeAll(async () => {
  bed = await openPipelineBed('drain-states', { standIn: { latencyMs: 6_000 } });
});
afterAll(() => bed.close());

/** SIGTERM, and what it came to. */
async function stopped(running: PipelineProcess): Promise<{ code: number | null; withinMs: number }> {
  const askedAt = Date.now();
  const code = await running.stop();
  return { code, withinMs: Date.now() - askedAt };
}

it('SIGTERM with calls of 6 s under way: they end, and the process with 0 within 45 s', async () => {
  const { ids, records } = numbered('slow', 12);
  const env = { LLM_MAX_CONCURRENCY: '6', MAX_OPEN_WORKFLOWS: '6', LLM_REQUESTS_PER_MINUTE: '600' };
  const standalone = await bed.start('main.js', { env });
  await bed.sendAll(records);
  await waitUntil('calls under way', async () => (await bed.standIn.stats()).inFlight >= 3, { timeoutMs: 60_000 });
  const { code, withinMs } = await stopped(standalone);
  expect(code).toBe(0);
  expect(withinMs).toBeLessThan(DRAIN_LIMIT_MS);

  const next = await bed.start('main.js', { env });
  await bed.ended(ids.length);
  const account = await takeAccount(bed);
  expectOneResultEach(account, ids);
  expect([...account.calls.values()].filter((calls) => calls.length > 1)).toEqual([]);
  await next.kill();
});

it('a second signal, a second later, ends a drain at once, with 70; what was open comes again', async () => {
  const { ids, records } = numbered('twice', 1);
  const before = (await bed.standIn.stats()).total;
  const standalone = await bed.start('main.js');
  await bed.sendAll(records);
  await waitUntil('the call', async () => (await bed.standIn.stats()).total > before, { timeoutMs: 60_000 });
  const askedAt = Date.now();
  const stopping = standalone.stop();
  await waitUntil('a second', () => Date.now() - askedAt > 1_200);
  process.kill(standalone.pid, 'SIGTERM');
  expect(await stopping).toBe(70);
  expect(Date.now() - askedAt).toBeLessThan(8_000);

  const next = await bed.start('main.js');
  await bed.resultOf(ids[0] ?? '', { timeoutMs: 90_000 });
  await next.kill();
});

it('SIGTERM while Temporal is away: it ends within 45 s', async () => {
  const proxy = await startTcpProxy(testStack().temporalAddress);
  try {
    const standalone = await bed.start('main.js', { env: { TEMPORAL_ADDRESS: proxy.address } });
    await bed.sendAll(numbered('away', 3).records);
    await waitUntil('a call', async () => (await bed.standIn.stats()).inFlight > 0, { timeoutMs: 60_000 });
    proxy.cut();
    const { code, withinMs } = await stopped(standalone);
    expect([0, 70]).toContain(code);
    expect(withinMs).toBeLessThan(DRAIN_LIMIT_MS);
  } finally {
    await proxy.close();
  }
});
