import { readFileSync } from 'node:fs';
import type { PipelineProcess } from '../../dev/stack/pipeline-process.ts';
import { openPipelineBed, type PipelineBed } from '../support/pipeline-bed.ts';
import { startTcpProxy } from '../../dev/stack/tcp-proxy.ts';
import { testStack } from '../support/stack.ts';
import { waitUntil } from '../../dev/wait-until.ts';

jest.setTimeout(180_000);

/** Beyond the watchdog's limit of 30 s. */
const STOPPED_MS = 38_000;

let bed: PipelineBed;
beforeAll(async () => {
  bed = await openPipelineBed('watchdogs');
});
afterAll(() => bed.close());

const logOf = ({ logFile }: PipelineProcess) => readFileSync(logFile, 'utf8');
const readinessOf = async ({ metricsUrl }: PipelineProcess) =>
  (await fetch(new URL('/readyz', metricsUrl), { signal: AbortSignal.timeout(2_000) })).text();
/** Preloaded, so that a test can have the event loop stand still. */
const FREEZES_ON_SIGUSR2 =
  "--import=data:text/javascript,process.on('SIGUSR2',function%20standStill(){for(;;)Math.random()})";

it('an event loop that stands still ends the process with 70 and the place; a process that was stopped goes on', async () => {
  const frozen = await bed.start('workers/main.js', {
    args: ['--role', 'llm'],
    env: { NODE_OPTIONS: FREEZES_ON_SIGUSR2 },
  });
  const stopped = await bed.start('workers/main.js', { args: ['--role', 'llm'] });
  process.kill(frozen.pid, 'SIGUSR2');
  process.kill(stopped.pid, 'SIGSTOP');
  const stoppedAt = Date.now();

  const isSilent = () =>
    readinessOf(frozen).then(
      () => false,
      () => true,
    );
  await waitUntil('it to stand still', isSilent);
  expect(await frozen.exited).toEqual({ code: 70, signal: null });
  expect(logOf(frozen)).toMatch(/"level":60,.*"exitCode":70,.*at process\.standStill.*the event loop has stood still/);

  await waitUntil('long enough', () => Date.now() - stoppedAt > STOPPED_MS, { timeoutMs: 2 * STOPPED_MS });
  process.kill(stopped.pid, 'SIGCONT');
  await stopped.ready();
  expect(await stopped.stop()).toBe(0);
});

it('workers without Temporal are not ready, and are again when it comes back', async () => {
  const proxy = await startTcpProxy(testStack().temporalAddress);
  try {
    const workers = await bed.start('workers/main.js', {
      args: ['--role', 'pipeline'],
      env: { TEMPORAL_ADDRESS: proxy.address },
    });
    proxy.cut();
    await waitUntil('red', async () => (await readinessOf(workers)).startsWith('Temporal fails: '), {
      timeoutMs: 60_000,
    });
    proxy.restore();
    await workers.ready();
    expect(await workers.stop()).toBe(0);
  } finally {
    await proxy.close();
  }
});
