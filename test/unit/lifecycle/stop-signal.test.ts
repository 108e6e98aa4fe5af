import { drainAll } from '../../../lifecycle/drain.ts';
import { listenForStop, type StopSignal } from '../../../lifecycle/stop-signal.ts';
import { createLogger } from '../../../telemetry/logger.ts';

const logger = createLogger('silent');
let now = 0;
let stop: StopSignal;
beforeEach(() => {
  now = 0;
  stop = listenForStop(logger, () => now);
});
afterEach(() => {
  stop.close();
});

const hanging = {
  ...{ name: 'bridge', notReadyBecause: () => undefined, failed: new Promise<never>(() => undefined) },
  drain: () => new Promise<void>(() => undefined),
};
const drainHanging = (limitMs: number) =>
  drainAll({ started: [hanging], starting: undefined }, { logger, insisted: stop.insisted, limitMs });

test('the first signal is a request', async () => {
  expect(stop.requested()).toBe(false);
  process.emit('SIGINT');
  await stop.signalled;
  expect(stop.requested()).toBe(true);
});

test('two signals at once are one request: a terminal and npm both pass a Ctrl-C on', async () => {
  process.emit('SIGINT');
  now = 999;
  process.emit('SIGINT');
  const first = await Promise.race([stop.insisted.then(() => 'insisted'), drainHanging(20)]);
  expect(first).toBe(false);
});

test('a signal a second later ends a drain at once', async () => {
  process.emit('SIGTERM');
  const drained = drainHanging(3_600_000);
  now = 1_000;
  process.emit('SIGTERM');
  await stop.insisted;
  expect(await drained).toBe(false);
});
