import { createServer, type AddressInfo } from 'node:net';
import { startPipelineProcess, type PipelineProcess } from '../../dev/stack/pipeline-process.ts';
import { expectOneResultEach, numbered, takeAccount } from '../support/accounting.ts';
import { ask, createTestTopics } from '../support/kafka.ts';
import { openPipelineBed, type PipelineBed } from '../support/pipeline-bed.ts';
import { testStack } from '../support/stack.ts';
import { startTcpProxy } from '../../dev/stack/tcp-proxy.ts';
import { waitUntil } from '../../dev/wait-until.ts';

jest.setTimeout(180_000);

const DRAIN_LIMIT_MS = 45_000;

let bed: PipelineBed;
beforeAll(async () => {
  bed = await openPipelineBed('drain-states', { standIn: { latencyMs: 10_000 } });
});
afterAll(() => bed.close());

/** SIGTERM, and what it came to. */
async function stopped(running: PipelineProcess): Promise<{ code: number | null; withinMs: number }> {
  const askedAt = Date.now();
  const code = await running.stop();
  return { code, withinMs: Date.now() - askedAt };
}

it('SIGTERM with calls of 10 s under way: they end, and the process with 0 within 45 s', async () => {
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

it('SIGTERM while a start waits for a server that does not answer: 0, within seconds', async () => {
  const silent = createServer();
  await new Promise<void>((resolve) => {
    silent.listen(0, '127.0.0.1', resolve);
  });
  const nobody = `127.0.0.1:${String((silent.address() as AddressInfo).port)}`;
  try {
    for (const variable of ['KAFKA_BROKERS', 'TEMPORAL_ADDRESS']) {
      const starting = await startPipelineProcess({ entry: 'bridge/main.js', env: { ...bed.env, [variable]: nobody } });
      const readyz = new URL('/readyz', starting.metricsUrl);
      await waitUntil('it to start', async () => (await (await fetch(readyz)).text()) === 'starting\n');
      const { code, withinMs } = await stopped(starting);
      expect({ variable, code }).toEqual({ variable, code: 0 });
      expect(withinMs).toBeLessThan(10_000);
    }
  } finally {
    silent.close();
  }
});

it('SIGTERM in the middle of joining a group, and again: it ends, and no member is left behind', async () => {
  const { groupId, env } = await createTestTopics('joining');
  const members = async () => (await ask((admin) => admin.describeGroups([groupId]))).groups[0]?.members.length;
  const killed = await bed.start('bridge/main.js', { env });
  await killed.kill();
  // The group waits for the dead member, and the new one for the group, until the session ends (30 s).
  const joining = await startPipelineProcess({ entry: 'bridge/main.js', env: { ...bed.env, ...env } });
  await waitUntil('the join', async () => (await members()) === 2);
  const askedAt = Date.now();
  const stopping = joining.stop();
  await waitUntil('a moment', () => Date.now() - askedAt > 1_200);
  process.kill(joining.pid, 'SIGTERM');
  expect(await stopping).not.toBeNull();
  expect(Date.now() - askedAt).toBeLessThan(10_000);
  await waitUntil('an empty group', async () => (await members()) === 0, { timeoutMs: 90_000, everyMs: 1_000 });
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
