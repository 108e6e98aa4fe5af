import type { Backpressure } from '../../../bridge/backpressure.ts';
import { createMessageStarter } from '../../../bridge/message-starter.ts';
import type { WorkflowStarter } from '../../../bridge/workflow-starter.ts';
import type { SourceRecord } from '../../../kafka/record-source.ts';
import { createDependencyState } from '../../../lifecycle/dependency-state.ts';
import { createMetrics } from '../../../telemetry/metrics.ts';
import { pino } from 'pino';
import { aSourceRecord } from '../../support/source-records.ts';

type Ended = Parameters<Backpressure['settle']>;

function setup(start: WorkflowStarter['start'] = () => Promise.resolve('started')) {
  const logger = pino({ level: 'silent' });
  const states = {
    temporal: createDependencyState('Temporal', logger),
    blobStore: createDependencyState('The blob store', logger),
  };
  const ended: Ended[] = [];
  const startMessage = createMessageStarter({
    starter: { start },
    deadLetters: { forward: () => Promise.resolve() },
    backpressure: { settle: (...end) => ended.push(end) },
    metrics: createMetrics().bridge,
    publishMode: 'local',
    states,
  });
  const hand = (record: Partial<SourceRecord>, signal = new AbortController().signal) =>
    startMessage(aSourceRecord({}, record), { kind: 'message', id: '1', routing: {} }, signal);
  return { states, ended, hand };
}

it('the blob store works again when a message that became a blob has started, and only then', async () => {
  const { states, hand } = setup();
  states.blobStore.failed(new Error('hangs'));
  await hand({ value: Buffer.alloc(200_000, 'x') });
  expect(states.blobStore.notReadyBecause()).toContain('hangs');
  await hand({ value: Buffer.alloc(100_000, 'x'), key: Buffer.alloc(200_000, 'k') });
  expect(states.blobStore.notReadyBecause()).toBeUndefined();
});

it('a message that becomes a blob is started as a large one, by its key as well', async () => {
  const large: boolean[] = [];
  const { hand } = setup(async ({ isLarge }) => {
    large.push(isLarge);
    return 'started';
  });
  await hand({ key: Buffer.alloc(250 * 1024, '\u0001') });
  await hand({ key: Buffer.alloc(200 * 1024, 'k') });
  expect(large).toEqual([true, false]);
});

it('a message that was started here counts as open, and its redelivery does not', async () => {
  const started = setup();
  await started.hand({});
  expect(started.ended).toEqual([['opened', 'message:llm.requests:1']]);
  const redelivered = setup(() => Promise.resolve('duplicate'));
  await redelivered.hand({});
  expect(redelivered.ended).toEqual([['not-opened', 'message:llm.requests:1']]);
});

it('a start whose answer was lost counts as open when its repeat finds the workflow', async () => {
  let calls = 0;
  const { ended, hand } = setup(() => {
    calls += 1;
    return calls === 1 ? Promise.reject(new Error('no answer')) : Promise.resolve('duplicate');
  });
  await hand({});
  expect(ended).toEqual([['opened', 'message:llm.requests:1']]);
});

it('a start that was left without an answer may have opened a workflow', async () => {
  const leave = new AbortController();
  const { ended, hand } = setup(() => {
    leave.abort(new Error('The batch was left'));
    return Promise.reject(new Error('no answer'));
  });
  await expect(hand({}, leave.signal)).rejects.toThrow();
  expect(ended).toEqual([['unknown', 'message:llm.requests:1']]);
});
