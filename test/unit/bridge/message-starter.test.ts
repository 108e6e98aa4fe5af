import { createMessageStarter } from '../../../bridge/message-starter.ts';
import type { WorkflowStarter } from '../../../bridge/workflow-starter.ts';
import { createDependencyState } from '../../../lifecycle/dependency-state.ts';
import { createMetrics } from '../../../telemetry/metrics.ts';
import { pino } from 'pino';
import { aSourceRecord } from '../../support/source-records.ts';

function setup(start: WorkflowStarter['start'] = () => Promise.resolve('started')) {
  const logger = pino({ level: 'silent' });
  const states = {
    temporal: createDependencyState('Temporal', logger),
    blobStore: createDependencyState('The blob store', logger),
  };
  const startMessage = createMessageStarter({
    starter: { start },
    deadLetters: { forward: () => Promise.resolve() },
    backpressure: { settle: () => undefined },
    metrics: createMetrics().bridge,
    publishMode: 'local',
    states,
  });
  const hand = (record: Partial<Parameters<typeof startMessage>[0]>) =>
    startMessage(aSourceRecord({}, record), { kind: 'message', id: '1', routing: {} }, new AbortController().signal);
  return { states, hand };
}

it('the blob store works again when a message that became a blob has started, and only then', async () => {
  const { states, hand } = setup();
  states.blobStore.failed(new Error('hangs'));
  await hand({ value: Buffer.alloc(200_000, 'x') });
  expect(states.blobStore.notReadyBecause()).toContain('hangs');
  await hand({ value: Buffer.alloc(100_000, 'x'), key: Buffer.alloc(200_000, 'k') });
  expect(states.blobStore.notReadyBecause()).toBeUndefined();
});
