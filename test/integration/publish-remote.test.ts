import { openPipelineBed, type PipelineBed } from '../support/pipeline-bed.ts';
import { waitUntil } from '../../dev/wait-until.ts';

jest.setTimeout(90_000);

let bed: PipelineBed;
beforeAll(async () => {
  bed = await openPipelineBed('remote');
});
afterAll(() => bed.close());

it('PUBLISH_MODE=remote publishes on the publish queue, by a worker of that role', async () => {
  const env = { PUBLISH_MODE: 'remote' };
  await bed.start('main.js', { env: { ...env, WORKER_ROLE: 'pipeline,llm' } });
  await bed.send({
    value: JSON.stringify({ id: 'far', type: 'summarize', payload: { text: 'Publish me elsewhere.' } }),
  });
  const handle = bed.client.workflow.getHandle(`message:${bed.topics.input}:far`);
  const waiting = await waitUntil('the publish activity', async () =>
    (await handle.describe()).raw.pendingActivities?.find(({ activityType }) => activityType?.name === 'publish'),
  );
  // No worker that runs has that role.
  expect(waiting.lastStartedTime).toBeNull();

  const publisher = await bed.start('workers/main.js', { args: ['--role', 'publish'], env });
  const result = await bed.resultOf('far');
  expect(JSON.parse(String(result.value))).toMatchObject({ id: 'far', status: 'completed' });
  // The attempt that succeeded is written into the history with its end.
  await handle.result();
  const events = (await handle.fetchHistory()).events ?? [];
  const scheduled = events.find(
    ({ activityTaskScheduledEventAttributes: attributes }) => attributes?.activityType?.name === 'publish',
  );
  expect(scheduled?.activityTaskScheduledEventAttributes?.taskQueue?.name).toBe('publish');
  const started = events.find(
    ({ activityTaskStartedEventAttributes: attributes }) =>
      attributes?.scheduledEventId?.toString() === scheduled?.eventId?.toString(),
  );
  expect(started?.activityTaskStartedEventAttributes?.identity).toMatch(new RegExp(`^${String(publisher.pid)}@`));
});
