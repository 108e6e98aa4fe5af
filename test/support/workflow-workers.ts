import { randomUUID } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { Client } from '@temporalio/client';
import { bundleWorkflowCode, DefaultLogger, NativeConnection, Runtime, Worker } from '@temporalio/worker';
import type { BatchActivities, LlmActivities, PipelineActivities } from '../../activities/index.ts';
import { BUNDLE_OPTIONS, WORKFLOWS_ON_MAIN_THREAD } from '../../workers/workflow-bundle.ts';
import { testStack } from './stack.ts';
import { createTestNamespace } from './temporal-namespace.ts';

/**
 * What stands in for the real activities: the same names and shapes, always asynchronous. Those on a task queue with a fixed name
 * only where a test needs them.
 */
export type TestActivities = PipelineActivities & Partial<LlmActivities & BatchActivities>;

let connection: NativeConnection;
let workflowBundle: { code: string } | undefined;

/** A client in a namespace of its own. */
export async function connectTestClient(): Promise<{ client: Client; close: () => Promise<void> }> {
  Runtime.install({ logger: new DefaultLogger('ERROR'), shutdownSignals: [] });
  connection = await NativeConnection.connect({ address: testStack().temporalAddress });
  const client = new Client({ connection, namespace: await createTestNamespace() });
  return { client, close: () => connection.close() };
}

/**
 * Runs the real workflow code with the given activities while `during` runs. The workflow's task queue is one of the
 * test's own; calls to the provider are polled from the queue the workflow names, so tests of one file run one after the other.
 */
export async function runWorkflowWorkers<T>(
  options: { client: Client; activities: TestActivities },
  during: (taskQueue: string) => Promise<T>,
): Promise<T> {
  workflowBundle ??= await bundleWorkflowCode({
    workflowsPath: fileURLToPath(new URL('../../workflows/index.ts', import.meta.url)),
    ...BUNDLE_OPTIONS,
    logger: new DefaultLogger('ERROR'),
  });
  const { validate, preprocess, publish, complete, ...batch } = options.activities;
  const taskQueue = `test-${randomUUID()}`;
  const { namespace } = options.client.options;
  const workers = await Promise.all([
    Worker.create({
      connection,
      namespace,
      taskQueue,
      workflowBundle,
      ...WORKFLOWS_ON_MAIN_THREAD,
      activities: { validate, preprocess, publish },
      enableNonLocalActivities: false,
    }),
    ...Object.entries({ llm: complete && { complete }, 'llm-batch': batch.submitToBatch && batch }).flatMap(
      ([fixedQueue, activities]) =>
        activities === undefined
          ? []
          : Worker.create({
              connection,
              namespace,
              taskQueue: fixedQueue,
              activities,
              maxHeartbeatThrottleInterval: '200ms',
              defaultHeartbeatThrottleInterval: '200ms',
            }),
    ),
  ]);
  const runs = workers.map((worker) => worker.run());
  try {
    return await during(taskQueue);
  } finally {
    for (const worker of workers) worker.shutdown();
    await Promise.all(runs);
  }
}
