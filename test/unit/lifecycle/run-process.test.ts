import type { Component, ProcessContext } from '../../../lifecycle/component.ts';
import { ConfigurationError, DependencyUnavailableError } from '../../../lifecycle/errors.ts';
import { exitCodeOf, runProcess } from '../../../lifecycle/run-process.ts';
import { loadConfig } from '../../../config/load.ts';
import { createLogger } from '../../../telemetry/logger.ts';
import { createMetrics } from '../../../telemetry/metrics.ts';
import { waitUntil } from '../../../dev/wait-until.ts';

function aContext(port = 0): ProcessContext {
  return {
    config: { ...loadConfig({ WORKER_ROLE: 'none' }), metricsPort: port },
    logger: createLogger('silent'),
    metrics: createMetrics(),
  };
}

function aComponent(name: string, events: string[], overrides: Partial<Component> = {}): Component {
  return {
    name,
    notReadyBecause: () => undefined,
    drain: async () => {
      events.push(`drained ${name}`);
    },
    failed: new Promise(() => undefined),
    ...overrides,
  };
}

test('on SIGTERM what takes work in drains first, and the exit code is 0', async () => {
  const events: string[] = [];
  const start = (name: string) => async () => {
    events.push(`started ${name}`);
    return aComponent(name, events);
  };
  const run = runProcess(aContext(), [start('workers'), start('bridge')]);
  await waitUntil('both to start', () => events.length === 2);
  process.emit('SIGTERM');
  expect(await run).toBe(0);
  expect(events).toEqual(['started workers', 'started bridge', 'drained bridge', 'drained workers']);
});

test('a part that fails stops the others in order and the process with 70', async () => {
  const events: string[] = [];
  const failing = aComponent('bridge', events, { failed: Promise.reject(new Error('gave up')) });
  expect(await runProcess(aContext(), [async () => aComponent('workers', events), async () => failing])).toBe(70);
  expect(events).toEqual(['drained bridge', 'drained workers']);
});

test('a dependency that is missing at start frees what was started and exits with 75', async () => {
  const events: string[] = [];
  const missing = async (): Promise<Component> => {
    throw new DependencyUnavailableError('no broker');
  };
  expect(await runProcess(aContext(), [async () => aComponent('workers', events), missing])).toBe(75);
  expect(events).toEqual(['drained workers']);
});

test('a drain that fails does not keep the other parts from draining, and shows in the exit code', async () => {
  const events: string[] = [];
  const stuck = aComponent('bridge', events, { drain: () => Promise.reject(new Error('socket gone')) });
  const startStuck = async () => {
    events.push('started');
    return stuck;
  };
  const run = runProcess(aContext(), [async () => aComponent('workers', events), startStuck]);
  await waitUntil('both to start', () => events.includes('started'));
  process.emit('SIGINT');
  expect(await run).toBe(70);
  expect(events).toEqual(['started', 'drained workers']);
});

describe('a start that a signal meets', () => {
  /** The limits are short, because nobody has to be waited for here. */
  const startUntilSignalled = async (starting: Promise<Component>, events: string[], meanwhile: () => void) => {
    const start = () => {
      events.push('waiting');
      return starting;
    };
    const workers = async () => aComponent('workers', events);
    const run = runProcess(aContext(), [workers, start], { startGraceMs: 50 });
    await waitUntil('the start to wait', () => events.includes('waiting'));
    process.emit('SIGTERM');
    meanwhile();
    return run;
  };

  test('is given up when it waits for something that is not there', async () => {
    const events: string[] = [];
    expect(await startUntilSignalled(new Promise(() => undefined), events, () => undefined)).toBe(0);
    expect(events).toEqual(['waiting', 'drained workers']);
  });

  test('is drained when it succeeds all the same: it may have joined a group', async () => {
    const events: string[] = [];
    let succeed: (component: Component) => void = () => undefined;
    const starting = new Promise<Component>((resolve) => {
      succeed = resolve;
    });
    const finish = () => {
      succeed(aComponent('bridge', events));
    };
    expect(await startUntilSignalled(starting, events, finish)).toBe(0);
    expect(events).toEqual(['waiting', 'drained bridge', 'drained workers']);
  });

  test('does no harm when it fails', async () => {
    const events: string[] = [];
    let fail: (error: Error) => void = () => undefined;
    const starting = new Promise<Component>((_resolve, reject) => {
      fail = reject;
    });
    const finish = () => {
      fail(new Error('no broker'));
    };
    expect(await startUntilSignalled(starting, events, finish)).toBe(0);
    expect(events).toEqual(['waiting', 'drained workers']);
  });
});

test('a part that fails while another one starts ends the process, too', async () => {
  const events: string[] = [];
  const failing = aComponent('workers', events, { failed: Promise.reject(new Error('gave up')) });
  const run = runProcess(aContext(), [async () => failing, () => new Promise(() => undefined)], { startGraceMs: 10 });
  expect(await run).toBe(70);
  expect(events).toEqual(['drained workers']);
});

test('a drain that hangs is left at its limit, with 70', async () => {
  const events: string[] = [];
  const hanging = aComponent('bridge', events, { drain: () => new Promise(() => undefined) });
  const start = async () => {
    events.push('started');
    return hanging;
  };
  const run = runProcess(aContext(), [start], { limitMs: 50 });
  await waitUntil('the start', () => events.includes('started'));
  process.emit('SIGTERM');
  expect(await run).toBe(70);
});

test.each<[Error, number]>([
  [new ConfigurationError('x'), 78],
  [new DependencyUnavailableError('x'), 75],
  [new Error('x'), 70],
])('%s exits with %i', (error, code) => {
  expect(exitCodeOf(error)).toBe(code);
});
