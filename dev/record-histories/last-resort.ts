import { randomUUID } from 'node:crypto';
import type { Client, WorkflowHandle } from '@temporalio/client';
import { Worker, type NativeConnection } from '@temporalio/worker';
import type { PipelineActivities } from '../../activities/index.ts';
import type { ProcessMessageInput } from '../../contracts/pipeline.ts';
import { workflowOptions } from '../../workers/workflow-bundle.ts';

/** Long enough for the call to be under way. */
const AFTER_MS = 1_000;

/**
 * A run that ended by its last resort: no built-in type has one, so activities beside the workflow say so here. Its call
 * goes to the provider as any other.
 */
export async function endByLastResort(client: Client, connection: NativeConnection): Promise<WorkflowHandle> {
  const taskQueue = 'record-last-resort';
  const worker = await Worker.create({
    ...{ connection, namespace: client.options.namespace, taskQueue },
    ...workflowOptions('plainFailures'),
    enableNonLocalActivities: false,
    activities: {
      validate: () => Promise.resolve({ type: 'summarize' }),
      preprocess: () =>
        Promise.resolve({
          kind: 'completion',
          request: { messages: [{ role: 'user', content: 'A text. [stand-in: hang]' }], maxOutputTokens: 100 },
          timeoutMs: 60_000,
          lastResort: { afterMs: AFTER_MS, output: { summary: '' } },
        }),
      publish: () => Promise.resolve({ topic: 'llm.results', partition: 0, offset: '0' }),
    } satisfies PipelineActivities,
  });
  const input: ProcessMessageInput = {
    id: 'last-resort',
    record: {
      source: { topic: 'llm.requests', partition: 0, offset: '0' },
      timestamp: '0',
      key: null,
      headers: [],
      value: { utf8: '{}' },
    },
  };
  return await worker.runUntil(async () => {
    const workflowId = `record-last-resort-${randomUUID()}`;
    const handle = await client.workflow.start('processMessage', { workflowId, taskQueue, args: [input] });
    await handle.result();
    return handle;
  });
}
