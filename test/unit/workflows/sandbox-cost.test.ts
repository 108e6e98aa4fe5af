import { DefaultLogger } from '@temporalio/worker';
import { NativeLogCollector } from '@temporalio/worker/lib/runtime-logger.js';
import { ThreadedVMWorkflowCreator } from '@temporalio/worker/lib/workflow/threaded-vm.js';
import { globalHandlers } from '@temporalio/worker/lib/workflow/vm-shared.js';
import { ReusableVMWorkflowCreator } from '@temporalio/worker/lib/workflow/reusable-vm.js';

/** What `patches/@temporalio+worker+1.24.0.patch` takes away, because every message would pay for it. */

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

/** A bundle whose workflows do nothing, and call a sink once in each activation. */
const sinkBundle = {
  ...slowBundle,
  filename: 'sink-bundle.js',
  code: `globalThis.__webpack_module_cache__;
    globalThis.__TEMPORAL__ = { api: {
      initRuntime({ info }) {
        let calls = [];
        globalThis.__TEMPORAL_ACTIVATOR__ = {
          info,
          mutateWorkflowInfo(change) { this.info = change(this.info); },
          addKnownFlags() {},
          hasFlag: () => true,
          callSink(args) { calls.push({ ifaceName: 'sink', fnName: 'call', args, workflowInfo: this.info }); },
          getAndResetSinkCalls() { const taken = calls; calls = []; return taken; },
          errorToFailure: (error) => ({ message: String(error) }),
        };
      },
      activate({ historyLength }) { globalThis.__TEMPORAL_ACTIVATOR__.callSink([historyLength]); },
      tryUnblockConditions: () => 0,
      concludeActivation: () => ({ runId: 'run', successful: {} }),
      dispose() {},
      destroy() {},
    } };`,
};

test('the sink calls of an activation need no question of their own, and none is lost or repeated', async () => {
  const creator = await ThreadedVMWorkflowCreator.create({
    workflowBundle: sinkBundle,
    threadPoolSize: 1,
    isolateExecutionTimeoutMs: 5_000,
    reuseV8Context: true,
    registeredActivityNames: new Set<string>(),
    logger: new DefaultLogger('ERROR'),
  } as unknown as Parameters<typeof ThreadedVMWorkflowCreator.create>[0]);
  try {
    const workflow = await creator.createWorkflow({ info: { runId: 'run', unsafe: {} } } as CreateOptions);
    const asked: string[] = [];
    const thread = (workflow as unknown as { workerThreadClient: { send: (input: { type: string }) => unknown } })
      .workerThreadClient;
    const send = thread.send.bind(thread);
    thread.send = (input) => {
      asked.push(input.type);
      return send(input);
    };
    for (const historyLength of [3, 8]) {
      const activation = { runId: 'run', timestamp: { seconds: 1, nanos: 0 }, historyLength, jobs: [] };
      const completion = await workflow.activate(activation as unknown as Parameters<typeof workflow.activate>[0]);
      expect(completion.successful).toBeDefined();
      const calls = await workflow.getAndResetSinkCalls();
      expect(calls.map(({ args }) => args as unknown[])).toEqual([[historyLength]]);
    }
    expect(asked).toEqual(['activate-workflow', 'activate-workflow']);
    // What no activation brought along is asked for.
    expect(await workflow.getAndResetSinkCalls()).toEqual([]);
    expect(asked).toHaveLength(3);
  } finally {
    await creator.destroy();
  }
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
