import { WorkflowFailedError } from '@temporalio/client';
import type { PipelineProcess } from '../../dev/stack/pipeline-process.ts';
import { attemptsInHistory } from '../support/attempts.ts';
import { headerText } from '../support/followed-topic.ts';
import { openPipelineBed, type PipelineBed } from '../support/pipeline-bed.ts';
import { runCtl } from '../support/run-ctl.ts';
import { waitUntil } from '../../dev/wait-until.ts';

jest.setTimeout(90_000);

let bed: PipelineBed;
let pipeline: PipelineProcess;
beforeAll(async () => {
  bed = await openPipelineBed('cancel');
  pipeline = await bed.start('main.js');
});
afterAll(() => bed.close());

const workflowIdOf = (id: string) => `message:${bed.topics.input}:${id}`;
const callsWith = async (text: string) => (await bed.standIn.calls()).filter(({ prompt }) => prompt.includes(text));

async function sendSummarize(id: string, text: string) {
  const value = JSON.stringify({ id, type: 'summarize', payload: { text } });
  return bed.send({ key: 'customer-1', value });
}

const ctl = (...args: readonly string[]) => runCtl(args, bed.env);

it('cancelling a message in its call closes the request within seconds and leaves a Cancelled dead letter', async () => {
  const source = await sendSummarize('stuck', 'stuck: [stand-in: hang]');
  await waitUntil('the call', async () => (await callsWith('stuck:'))[0]);
  const cancelledAt = Date.now();
  await ctl('cancel', 'stuck');

  const call = await waitUntil('the end of the call', async () =>
    (await callsWith('stuck:')).find(({ endedAt }) => endedAt !== null),
  );
  expect(call.aborted).toBe(true);
  // The next heartbeat, of one every two seconds, brings it; a busy machine takes longer over each step.
  expect(call.endedAt! - cancelledAt).toBeLessThan(10_000);

  const letter = await bed.deadLetterOf(source);
  expect(headerText(letter, 'dead-letter-failure-type')).toBe('Cancelled');
  expect(headerText(letter, 'dead-letter-workflow-id')).toBe(workflowIdOf('stuck'));
  expect(JSON.parse(String(letter.value))).toMatchObject({ id: 'stuck' });
  const handle = bed.client.workflow.getHandle(workflowIdOf('stuck'));
  await expect(handle.result()).rejects.toThrow(WorkflowFailedError);
  expect((await handle.describe()).status.name).toBe('CANCELLED');
  expect(await callsWith('stuck:')).toHaveLength(1);
  expect(await attemptsInHistory(handle)).toBe(1);
  // The provider may bill what it had begun.
  const metrics = await (await fetch(pipeline.metricsUrl)).text();
  expect(metrics).toMatch(/^pipeline_llm_unknown_outcome_total\{provider="openai"\} 1$/m);
});

it('a cancelled message that is retried ends in a result', async () => {
  await sendSummarize('second-thoughts', 'second-thoughts: [stand-in: hang]');
  await waitUntil('the call', async () => (await callsWith('second-thoughts:'))[0]);
  await ctl('cancel', 'second-thoughts');
  const handle = bed.client.workflow.getHandle(workflowIdOf('second-thoughts'));
  await expect(handle.result()).rejects.toThrow(WorkflowFailedError);
  await ctl('retry', 'second-thoughts');
  const result = await bed.resultOf('second-thoughts');
  expect(JSON.parse(String(result.value))).toMatchObject({ id: 'second-thoughts', status: 'completed' });
});

it('cancelling a message that waits for its next attempt makes no further call', async () => {
  const source = await sendSummarize('patient', 'patient: [stand-in: 429 retry-after=120]');
  const handle = bed.client.workflow.getHandle(workflowIdOf('patient'));
  await waitUntil('the wait', async () => {
    const { pendingActivities } = (await handle.describe()).raw;
    return pendingActivities?.some(({ attempt }) => attempt === 2);
  });
  await handle.cancel();
  expect(headerText(await bed.deadLetterOf(source), 'dead-letter-failure-type')).toBe('Cancelled');
  expect(await callsWith('patient:')).toHaveLength(1);
});
