import { DefaultLogger } from '@temporalio/worker';
import { NativeLogCollector } from '@temporalio/worker/lib/runtime-logger.js';
import { GlobalHandlers, globalHandlers } from '@temporalio/worker/lib/workflow/vm-shared.js';
import { ReusableVMWorkflowCreator } from '@temporalio/worker/lib/workflow/reusable-vm.js';

/** What `patches/@temporalio+worker+1.24.0.patch` changes: mostly costs that every message would pay. */

type CreateOptions = Parameters<ReusableVMWorkflowCreator['createWorkflow']>[0];

const TIMEOUT_MS = 50;

/** A bundle whose workflows do nothing for four times the time-out when they begin. */
const slowBundle = {
  filename: 'slow-bundle.js',
  sourceMap: { version: 3, sources: [], names: [], mappings: '' },
  code: `globalThis.__webpack_module_cache__;
    globalThis.__TEMPORAL__ = { api: {
      initRuntime() { for (const end = Date.now() + ${String(4 * TIMEOUT_MS)}; Date.now() < end;); },
      destroy() {},
    } };`,
};

async function createSandbox() {
  return ReusableVMWorkflowCreator.create(
    slowBundle as unknown as Parameters<typeof ReusableVMWorkflowCreator.create>[0],
    TIMEOUT_MS,
    new Set(),
  );
}

test('a call into a workflow has no time-out, for which Node would start a thread each time', async () => {
  const sandbox = await createSandbox();
  try {
    await expect(sandbox.createWorkflow({ info: { runId: 'run' } } as CreateOptions)).resolves.toBeDefined();
  } finally {
    await sandbox.destroy();
  }
});

test('no stack is formatted for each promise of a workflow', async () => {
  const sandbox = await createSandbox();
  await sandbox.destroy();
  expect(globalHandlers.promiseHookInstalled).toBe(false);
});

test('log lines below the level wanted are not made to wait for their order', () => {
  const seen: string[] = [];
  const collector = new NativeLogCollector(
    new DefaultLogger('INFO', ({ message }) => {
      seen.push(message);
    }),
  );
  const { buffer } = collector as unknown as { buffer: { size(): number } };
  collector.logger.debug('activity started');
  expect(buffer.size()).toBe(0);
  collector.logger.info('worker started');
  expect(buffer.size()).toBe(1);
  collector.flush();
  expect(seen).toEqual(['worker started']);
});

test('errors of this process keep the stacks that source maps give them, whatever their class', () => {
  const original = Object.getOwnPropertyDescriptor(Error, 'prepareStackTrace');
  try {
    Error.prepareStackTrace = () => 'mapped';
    new GlobalHandlers().install();
    expect(new Error('plain').stack).toBe('mapped');
    expect(new TypeError('derived').stack).toBe('mapped');
  } finally {
    if (original === undefined) Reflect.deleteProperty(Error, 'prepareStackTrace');
    else Object.defineProperty(Error, 'prepareStackTrace', original);
  }
});
