import { createBatchHandler } from '../../../bridge/batch-handler.ts';
import type { Refusal } from '../../../bridge/dead-letters.ts';
import { createMetrics } from '../../../telemetry/metrics.ts';
import { waitUntil } from '../../../dev/wait-until.ts';
import { aBatch, aSourceRecord } from '../../support/source-records.ts';

const messages = (count: number) =>
  Array.from({ length: count }, (_, index) => aSourceRecord({ id: String(index) }, { offset: String(100 + index) }));

interface Start {
  readonly offset: string;
  readonly finish: () => void;
  readonly fail: (error: unknown) => void;
}

/** A handler whose starts end when the test says so; aborted ones reject, as the real one's do. */
function setup({ credit = Infinity, maxBatchMs = 60_000 } = {}) {
  const starts: Start[] = [];
  const letters: { offset: string; refusal: Refusal }[] = [];
  let left = credit;
  let most = 0;
  let running = 0;
  const handler = createBatchHandler({
    metrics: createMetrics().bridge,
    maxBatchMs,
    maxRecordBytes: 1_000_000,
    backpressure: { tryTake: () => left-- > 0 },
    deadLetters: { forward: async ({ offset }, refusal) => void letters.push({ offset, refusal }) },
    startMessage: async ({ offset }, _message, signal) => {
      most = Math.max(most, ++running);
      let abort = () => {};
      try {
        await new Promise<void>((resolve, reject) => {
          abort = () => {
            reject(signal.reason as Error);
          };
          signal.addEventListener('abort', abort);
          starts.push({ offset, finish: resolve, fail: reject });
        });
      } finally {
        signal.removeEventListener('abort', abort);
        running -= 1;
      }
    },
  });
  const finish = async (offset: number) => {
    const start = await waitUntil(`the start of ${String(offset)}`, () =>
      starts.find((s) => s.offset === String(offset)),
    );
    start.finish();
  };
  return { handler, starts, letters, finish, most: () => most };
}

it('resolves what is durable, in order, whatever order the starts end in', async () => {
  const { handler, finish } = setup();
  const { batch, resolved } = aBatch(messages(3));
  const handled = handler(batch);
  await finish(102);
  await finish(100);
  await waitUntil('the first to be resolved', () => resolved.length === 1);
  expect(resolved).toEqual(['100']);
  await finish(101);
  await handled;
  expect(resolved).toEqual(['100', '102']);
});

it('starts a bounded number at once', async () => {
  const { handler, starts, finish, most } = setup();
  const { batch, resolved } = aBatch(messages(30));
  const handled = handler(batch);
  await waitUntil('eight starts', () => starts.length === 8);
  for (let offset = 100; offset < 130; offset += 1) await finish(offset);
  await handled;
  expect(most()).toBe(8);
  expect(resolved.at(-1)).toBe('129');
});

it('of two records with one id the first in the log starts first', async () => {
  const { handler, starts, finish } = setup();
  const twice = ['100', '101'].map((offset) => aSourceRecord({ id: 'same' }, { offset }));
  const { batch, resolved } = aBatch([...twice, aSourceRecord({ id: 'other' }, { offset: '102' })]);
  const handled = handler(batch);
  await waitUntil('the first start', () => starts.length === 1);
  await finish(100);
  await finish(101);
  await finish(102);
  await handled;
  expect(starts.map(({ offset }) => offset)).toEqual(['100', '101', '102']);
  expect(resolved).toEqual(['100', '101', '102']);
});

it('a record that cannot start is a dead letter before its offset moves', async () => {
  const { handler, letters } = setup();
  const { batch, resolved } = aBatch([aSourceRecord(null, { offset: '5' })]);
  await handler(batch);
  const workflowId = 'record:llm.requests:0:5';
  expect(letters).toMatchObject([{ offset: '5', refusal: { type: 'Message.Unreadable', workflowId } }]);
  expect(resolved).toEqual(['5']);
});

it('a dead letter needs no right to open a workflow', async () => {
  const { handler, letters } = setup({ credit: 0 });
  const { batch, resolved } = aBatch([aSourceRecord(null, { offset: '5' }), ...messages(1)]);
  await handler(batch);
  expect(letters).toHaveLength(1);
  expect(resolved).toEqual(['5']);
});

it.each([0, 1, 4])('left after %i of five, it resolves those and starts no more', async (k) => {
  const { handler, starts, finish } = setup({ credit: 5 });
  const { batch, resolved, leave } = aBatch(messages(5));
  const handled = handler(batch);
  for (let offset = 100; offset < 100 + k; offset += 1) await finish(offset);
  await waitUntil('the starts to be resolved', () => k === 0 || resolved.at(-1) === String(99 + k));
  leave();
  await handled;
  expect(resolved.at(-1)).toBe(k === 0 ? undefined : String(99 + k));
  expect(starts).toHaveLength(5);
});

it('without the right to open more workflows it ends at once, and the rest comes again', async () => {
  const { handler, starts, finish } = setup({ credit: 2 });
  const { batch, resolved } = aBatch(messages(5));
  const handled = handler(batch);
  await finish(100);
  await finish(101);
  await handled;
  expect(starts).toHaveLength(2);
  expect(resolved).toEqual(['100', '101']);
});

it('a Temporal that does not answer holds a batch only for its time, and resolves nothing', async () => {
  const { handler } = setup({ maxBatchMs: 50 });
  const { batch, resolved } = aBatch(messages(3));
  await handler(batch);
  expect(resolved).toEqual([]);
});

it('heartbeats while it waits, and lets out that the group has moved on', async () => {
  const { handler, starts } = setup();
  const { batch, resolved, heartbeats, lose } = aBatch(messages(2));
  const handled = handler(batch);
  await waitUntil('a heartbeat', () => heartbeats() === 1, { timeoutMs: 5_000 });
  const rebalance = new Error('REBALANCE_IN_PROGRESS');
  lose(rebalance);
  await expect(handled).rejects.toBe(rebalance);
  expect(starts).toHaveLength(2);
  expect(resolved).toEqual([]);
});

it('an unexpected error ends the batch with it, after what was durable is resolved', async () => {
  const { handler, starts, finish } = setup();
  const { batch, resolved } = aBatch(messages(3));
  const handled = handler(batch);
  await finish(100);
  await waitUntil('the first to be resolved', () => resolved.length === 1);
  const bug = new TypeError('a bug of ours');
  starts[1]!.fail(bug);
  await expect(handled).rejects.toBe(bug);
  expect(resolved).toEqual(['100']);
});
