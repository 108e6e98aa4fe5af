import { randomUUID } from 'node:crypto';
import type { Client, WorkflowHandle } from '@temporalio/client';
import type { Preprocessed, PublishInput, ValidatedMessage } from '../../contracts/pipeline.ts';
import { anAcceptedAnswer as accepted, aProcessMessageInput } from './messages.ts';
import { runWorkflowWorkers, type TestActivities } from './workflow-workers.ts';

export const prepared: Preprocessed = {
  kind: 'completion',
  request: { messages: [{ role: 'user', content: 'Summarize' }], maxOutputTokens: 100 },
  timeoutMs: 60_000,
  examplesVersion: 'sha256-1',
};

/** Runs one message with the given activities in place of the real ones; returns what was published. */
export async function runMessage(
  client: Client,
  overrides: Partial<TestActivities>,
  during: (handle: WorkflowHandle) => Promise<void> = async () => undefined,
) {
  const published: PublishInput[] = [];
  const activities: TestActivities = {
    validate: async (): Promise<ValidatedMessage> => ({ type: 'summarize', metadata: { team: 'a' } }),
    preprocess: async () => prepared,
    complete: async () => accepted,
    publish: async (input) => {
      published.push(input);
      return { topic: 't', partition: 0, offset: '0' };
    },
    ...overrides,
  };
  const workflowId = `message:test:${randomUUID()}`;
  const handle = await runWorkflowWorkers({ client, activities }, async (taskQueue) => {
    const started = await client.workflow.start('processMessage', {
      taskQueue,
      workflowId,
      args: [aProcessMessageInput()],
    });
    await during(started);
    await started.result().catch(() => undefined);
    return started;
  });
  return { published, description: await handle.describe(), history: await handle.fetchHistory() };
}
