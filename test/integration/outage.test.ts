import { startStack, type Stack } from '../../dev/stack/start-stack.ts';
import type { PipelineProcess } from '../../dev/stack/pipeline-process.ts';
import { expectOneResultEach, numbered, takeAccount } from '../support/accounting.ts';
import { openPipelineBed, type PipelineBed } from '../support/pipeline-bed.ts';
import { waitUntil } from '../../dev/wait-until.ts';

jest.setTimeout(240_000);

/** Longer than every single attempt of the pipeline may take (10 s), so that attempts do fail. */
const OUTAGE_MS = 15_000;
const MESSAGES = 80;
const CONCURRENCY = 4;

/** Its own, because these servers are killed; with a file, because Temporal has to come back with what it had accepted. */
let stack: Stack;
let bed: PipelineBed;
let standalone: PipelineProcess;
let endedWith: unknown;
const sent: string[] = [];
beforeAll(async () => {
  stack = await startStack({ ui: false, standIn: {}, temporalDb: 'file', inputPartitions: 3 });
  const topics = { input: 'llm.requests', output: 'llm.results', deadLetters: 'llm.dead-letters' };
  bed = await openPipelineBed('outage', { standIn: { latencyMs: 200 }, servers: { env: stack.env, topics } });
  const env = { LLM_MAX_CONCURRENCY: String(CONCURRENCY) };
  standalone = await bed.start('main.js', { env, onExit: (status) => (endedWith = status) });
});
afterAll(async () => {
  await bed.close();
  await stack.stop();
});

const readiness = async () => (await fetch(new URL('/readyz', standalone.metricsUrl))).text();

async function sendUnderWay(ids: readonly string[], records: Parameters<PipelineBed['sendAll']>[0]) {
  const before = bed.results.records.length;
  await bed.sendAll(records);
  sent.push(...ids);
  await waitUntil('some results', () => bed.results.records.length >= before + 15, { everyMs: 5, timeoutMs: 60_000 });
}

async function outageOf(server: Pick<Stack['kafka'], 'kill' | 'start'>, meanwhile: () => Promise<unknown>) {
  await server.kill();
  const killedAt = Date.now();
  await meanwhile();
  await waitUntil('the outage to be over', () => Date.now() - killedAt > OUTAGE_MS, { timeoutMs: 2 * OUTAGE_MS });
  await server.start();
}

/** Nothing was lost or dead-lettered, and no supervisor had to help. */
async function expectAllWell() {
  await bed.ended(sent.length, { timeoutMs: 120_000 });
  const account = await takeAccount(bed);
  expectOneResultEach(account, sent);
  await waitUntil('readiness', async () => (await readiness()) === 'ok\n', { timeoutMs: 30_000 });
  expect(endedWith).toBeUndefined();
  return [...account.calls.values()].map((calls) => calls.length);
}

it('Temporal down for 15 s under load: everything arrives afterwards, from the same process', async () => {
  const { ids, records } = numbered('temporal', MESSAGES);
  const late = numbered('late', 20);
  await sendUnderWay(ids, records);
  await outageOf(stack.temporal, async () => {
    await bed.sendAll(late.records);
    sent.push(...late.ids);
    await waitUntil('the outage to show', async () => (await readiness()).includes('Temporal'), { timeoutMs: 30_000 });
  });
  const calls = await expectAllWell();
  // Answers that came while nobody could take them down were asked for again.
  expect(Math.max(...calls)).toBeLessThanOrEqual(2);
  expect(calls.filter((count) => count > 1).length).toBeLessThanOrEqual(CONCURRENCY);
});

it('Kafka down for 15 s under load: everything arrives afterwards, from the same process', async () => {
  const callsBefore = (await bed.standIn.stats()).total;
  const { ids, records } = numbered('kafka', MESSAGES);
  await sendUnderWay(ids, records);
  await outageOf(stack.kafka, () =>
    waitUntil('the outage to show', async () => (await readiness()) !== 'ok\n', { timeoutMs: 60_000 }),
  );
  await expectAllWell();
  // What was answered waits for the broker; it is not asked for again.
  expect((await bed.standIn.stats()).total - callsBefore).toBe(MESSAGES);
});

it('asked to stop while neither server answers, it ends within 45 s, and the next one does the rest', async () => {
  const { ids, records } = numbered('stopped', MESSAGES);
  await sendUnderWay(ids, records);
  await Promise.all([stack.kafka.kill(), stack.temporal.kill()]);
  const askedAt = Date.now();
  await standalone.stop();
  expect(Date.now() - askedAt).toBeLessThan(45_000);

  await Promise.all([stack.kafka.start(), stack.temporal.start()]);
  endedWith = undefined;
  standalone = await bed.start('main.js', { onExit: (status) => (endedWith = status) });
  await expectAllWell();
});
