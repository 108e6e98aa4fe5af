import { DefaultLogger } from '@temporalio/worker';
import { NativeLogCollector } from '@temporalio/worker/lib/runtime-logger.js';
import { GlobalHandlers, globalHandlers } from '@temporalio/worker/lib/workflow/vm-shared.js';
import { ReusableVMWorkflowCreator } from '@temporalio/worker/lib/workflow/reusable-vm.js';

/** What `patches/@temporalio+worker+1.24.0.patch` changes: mostly costs that every message would pay. */

type CreateOptions = Parameters<ReusableVMWorkflowCreator['createWorkflow']>[0];

const TIMEOUT_MS = 500;

/** Workflows that do nothing for four times the time-out when they begin. */
const SLOW = `globalThis.__TEMPORAL__ = { api: {
    initRuntime() { for (const end = Date.now() + ${String(4 * TIMEOUT_MS)}; Date.now() < end;); },
    destroy() {},
  } };`;
/** Workflows whose globals can be read and changed, in a sandbox that counts how often all its globals are listed. */
const OPEN = `let listed = 0;
  const { ownKeys } = Reflect;
  Reflect.ownKeys = (of) => { if (of === globalThis) listed++; return ownKeys(of); };
  globalThis.__TEMPORAL__ = { api: {
    initRuntime({ info }) { globalThis.runId = info.runId; },
    read: (name) => globalThis[name],
    write(name, value) { globalThis[name] = value; },
    remove: (name) => delete globalThis[name],
    listed: () => listed,
    destroy() {},
  } };`;

async function createSandbox(code = SLOW) {
  const bundle = {
    filename: 'bundle.js',
    sourceMap: { version: 3, sources: [], names: [], mappings: '' },
    code: `globalThis.__webpack_module_cache__; ${code}`,
  };
  return ReusableVMWorkflowCreator.create(
    bundle as unknown as Parameters<typeof ReusableVMWorkflowCreator.create>[0],
    TIMEOUT_MS,
    new Set(),
  );
}

interface OpenWorkflow {
  read(name: string): unknown;
  write(name: string, value: unknown): void;
  remove(name: string): void;
  listed(): number;
}

async function openWorkflow(sandbox: ReusableVMWorkflowCreator, runId: string): Promise<OpenWorkflow> {
  const workflow = await sandbox.createWorkflow({ info: { runId } } as CreateOptions);
  const { workflowModule: api } = workflow as unknown as { workflowModule: OpenWorkflow };
  // Not itself: whatever is asked of it is a call into the sandbox, `then` too.
  return {
    read: (name) => api.read(name),
    write: (name, value) => {
      api.write(name, value);
    },
    remove: (name) => {
      api.remove(name);
    },
    listed: () => api.listed(),
  };
}

test('workflows that take turns keep globals of their own', async () => {
  const sandbox = await createSandbox(OPEN);
  try {
    const [a, b, c] = [
      await openWorkflow(sandbox, 'a'),
      await openWorkflow(sandbox, 'b'),
      await openWorkflow(sandbox, 'c'),
    ];
    const readAll = (name: string) => [c.read(name), a.read(name), b.read(name)];
    expect(readAll('runId')).toEqual(['c', 'a', 'b']);
    a.write('runId', 'changed');
    expect(readAll('runId')).toEqual(['c', 'changed', 'b']);
    const { parseInt: standard } = globalThis;
    const mine = () => 1;
    b.write('parseInt', mine);
    b.write('extra', 2);
    expect(readAll('extra')).toEqual([undefined, undefined, 2]);
    expect(readAll('parseInt').map((one) => one === mine)).toEqual([false, false, true]);
    expect(String(a.read('parseInt'))).toBe(String(standard));
    b.remove('extra');
    b.remove('parseInt');
    c.write('extra', 3);
    expect(readAll('extra')).toEqual([3, undefined, undefined]);
    c.remove('extra');
    expect(readAll('extra')).toEqual([undefined, undefined, undefined]);
    expect(readAll('runId')).toEqual(['c', 'changed', 'b']);
  } finally {
    await sandbox.destroy();
  }
});

test('a turn does not list all globals', async () => {
  const sandbox = await createSandbox(OPEN);
  try {
    const workflows = [await openWorkflow(sandbox, 'a'), await openWorkflow(sandbox, 'b')];
    for (const workflow of workflows) workflow.read('runId');
    const before = workflows[0]?.listed();
    for (let turn = 0; turn < 10; turn++) for (const workflow of workflows) workflow.read('runId');
    expect(before).toBeGreaterThan(0);
    expect(workflows[0]?.listed()).toBe(before);
  } finally {
    await sandbox.destroy();
  }
});

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
