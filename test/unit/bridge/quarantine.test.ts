import { pino } from 'pino';
import type { Refusal } from '../../../bridge/dead-letters.ts';
import { createQuarantine } from '../../../bridge/quarantine.ts';
import type { SourceRecord, UnreadableBatch } from '../../../kafka/record-source.ts';
import { createMetrics } from '../../../telemetry/metrics.ts';

const aBatch = (overrides: Partial<UnreadableBatch> = {}): UnreadableBatch => ({
  ...{ topic: 'llm.requests', partition: 2, firstOffset: '10', lastOffset: '14', recordCount: 5, timestamp: '17' },
  ...{ reason: 'too-large', detail: 'The batch expands to more than 64 bytes', compression: 'zstd' },
  ...{ bytes: Buffer.from('bytes'), signal: new AbortController().signal, heartbeat: async () => {} },
  ...overrides,
});

function setup(forward: (signal: AbortSignal) => Promise<void> = async () => {}) {
  const letters: [SourceRecord, Refusal][] = [];
  const metrics = createMetrics().bridge;
  const quarantine = createQuarantine({
    ...{ metrics, logger: pino({ level: 'silent' }), maxBatchMs: 20 },
    deadLetters: {
      forward(record, refusal, signal) {
        letters.push([record, refusal]);
        return forward(signal);
      },
    },
  });
  return { quarantine, letters, metrics };
}
const untilAborted = (signal: AbortSignal) =>
  new Promise<void>((_resolve, reject) => {
    signal.addEventListener('abort', () => {
      reject(new Error('left'));
    });
  });

it('a batch that cannot be opened is one dead letter with its range and its bytes', async () => {
  const { quarantine, letters, metrics } = setup();
  await quarantine(aBatch());
  await quarantine(aBatch({ reason: 'damaged' }));
  expect(letters[0]).toEqual([
    {
      ...{ topic: 'llm.requests', partition: 2, offset: '10', timestamp: '17', key: null },
      ...{ value: Buffer.from('bytes'), headers: [] },
    },
    {
      type: 'Message.TooLarge',
      reason: 'A batch of 5 records (offsets 10 to 14) cannot be opened: The batch expands to more than 64 bytes',
      workflowId: 'record:llm.requests:2:10',
      batch: { lastOffset: '14', recordCount: 5, compression: 'zstd' },
    },
  ]);
  expect(letters[1]?.[1].type).toBe('Message.Unreadable');
  expect((await metrics.quarantinedRecords.get()).values).toMatchObject([{ value: 5 }, { value: 5 }]);
});

it('a dead letter that cannot be written leaves the batch, to come again', async () => {
  const { quarantine, metrics } = setup(untilAborted);
  expect(await quarantine(aBatch())).toBe(false);
  expect((await metrics.quarantinedRecords.get()).values).toEqual([]);
});
