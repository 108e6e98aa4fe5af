import { randomUUID } from 'node:crypto';
import type { Client, WorkflowHandle } from '@temporalio/client';
import { Worker, type NativeConnection } from '@temporalio/worker';
import type { PipelineActivities } from '../../activities/index.ts';
import type { ProcessMessageInput } from '../../contracts/pipeline.ts';
import { workflowOptions } from '../../workers/workflow-bundle.ts';
import type { HistoryCase } from './cases.ts';
import { hasCallUnderWay, until } from './until.ts';

/** Long enough for the call to be under way. */
const SOON_MS = 1_000;
const LATE_MS = 60_000;

interface RunOfItsOwn extends Pick<HistoryCase, 'name' | 'ends'> {
  /** After which time the message takes its last resort. */
  readonly afterMs: number;
  /** When it is cancelled: before a worker has taken its first task, or while it waits for the provider. */
  readonly cancelled?: 'at once' | 'during its call';
}

export const RUNS_OF_THEIR_OWN: readonly RunOfItsOwn[] = [
  { name: 'last-resort', ends: 'COMPLETED', afterMs: SOON_MS },
  { name: 'last-resort-cancelled', ends: 'CANCELLED', afterMs: LATE_MS, cancelled: 'during its call' },
  { name: 'cancelled-at-once', ends: 'CANCELLED', afterMs: LATE_MS, cancelled: 'at once' },
];

/**
 * A run with a last resort, which no built-in type has, so activities beside the workflow say so here. Its call goes to the
 * provider as any other, which hangs.
 */
export async function runOfItsOwn(
  client: Client,
  connection: NativeConnection,
  { name, afterMs, cancelled }: RunOfItsOwn,
): Promise<WorkflowHandle> {
  const taskQueue = `record-${name}`;
  const workflowId = `${taskQueue}-${randomUUID()}`;
  const handle = await client.workflow.start('processMessage', { workflowId, taskQueue, args: [inputOf(name)] });
  if (cancelled === 'at once') await handle.cancel();
  const worker = await Worker.create({
    ...{ connection, namespace: client.options.namespace, taskQueue },
    ...workflowOptions('plainFailures'),
    enableNonLocalActivities: false,
    activities: activitiesOf(name, afterMs),
  });
  await worker.runUntil(async () => {
    if (cancelled === 'during its call') {
      await until(`${name} to reach its call`, () => hasCallUnderWay(handle));
      await handle.cancel();
    }
    await until(`${name} to end`, async () => (await handle.describe()).status.name !== 'RUNNING');
  });
  return handle;
}

/** The stand-in hangs once for each text. */
const activitiesOf = (name: string, afterMs: number): PipelineActivities => ({
  validate: () => Promise.resolve({ type: 'summarize' }),
  preprocess: () =>
    Promise.resolve({
      kind: 'completion',
      request: { messages: [{ role: 'user', content: `A text for ${name}. [stand-in: hang]` }], maxOutputTokens: 100 },
      timeoutMs: LATE_MS,
      lastResort: { afterMs, output: { summary: '' } },
    }),
  publish: () => Promise.resolve({ topic: 'llm.results', partition: 0, offset: '0' }),
});

const inputOf = (id: string): ProcessMessageInput => ({
  id,
  record: {
    source: { topic: 'llm.requests', partition: 0, offset: '0' },
    timestamp: '0',
    key: null,
    headers: [],
    value: { utf8: '{}' },
  },
});
