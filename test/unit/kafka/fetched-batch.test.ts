import type { EachBatchPayload } from 'kafkajs';
import { handFetchedBatch } from '../../../kafka/fetched-batch.ts';
import type { RecordHandlers } from '../../../kafka/record-source.ts';

const message = (offset: string) => ({
  ...{ offset, timestamp: '1', key: null, value: Buffer.from(offset), attributes: 0, headers: {}, headerPairs: [] },
});
const unreadable = (firstOffset: string, lastOffset: string, error: Error) => ({
  ...message(lastOffset),
  value: null,
  unreadable: { error, firstOffset, lastOffset, recordCount: 5, compression: 1, bytes: Buffer.from('bytes') },
});
const bomb = Object.assign(new Error('The batch expands to more than 64 bytes'), { code: 'BATCH_TOO_LARGE' });

/** What was handed over and resolved, in order. Readable records are all resolved, unless `handlers` do it. */
async function hand(messages: readonly { offset: string }[], handlers: Partial<RecordHandlers> = {}) {
  const steps: string[] = [];
  const payload = {
    batch: { topic: 'requests', partition: 0, messages, offsetLag: () => '3' },
    resolveOffset: (offset: string) => steps.push(`resolved ${offset}`),
    heartbeat: async () => {},
    commitOffsetsIfNecessary: async () => {},
  } as unknown as EachBatchPayload;
  const handed = handFetchedBatch(
    payload,
    {
      records: async (batch) => {
        steps.push(`records ${batch.records.map(({ offset }) => offset).join()} lag ${String(batch.lag)}`);
        batch.resolve(batch.records.at(-1)!.offset);
      },
      unreadable: async ({ firstOffset, lastOffset, reason, compression, recordCount, detail, bytes }) => {
        const what = [firstOffset, lastOffset, reason, compression, recordCount, detail, bytes];
        steps.push(`unreadable ${what.map(String).join(' ')}`);
        return true;
      },
      ...handlers,
    },
    new AbortController(),
  );
  return { steps, handed };
}

it('a batch that cannot be opened comes in its place, and its range is passed after its handler', async () => {
  const { steps, handed } = await hand([
    ...[message('1'), message('2')],
    unreadable('3', '7', bomb),
    unreadable('8', '9', new Error('incorrect data check')),
    message('10'),
  ]);
  await handed;
  expect(steps).toEqual([
    ...['records 1,2 lag 6', 'resolved 2'],
    ...['unreadable 3 7 too-large gzip 5 The batch expands to more than 64 bytes bytes', 'resolved 7'],
    ...['unreadable 8 9 damaged gzip 5 incorrect data check bytes', 'resolved 9'],
    ...['records 10 lag 3', 'resolved 10'],
  ]);
});

it('a batch that could not be quarantined is not passed, nor anything behind it', async () => {
  const refused = new Error('no dead-letter topic');
  const { steps, handed } = await hand([unreadable('3', '7', bomb), message('8')], {
    unreadable: () => Promise.reject(refused),
  });
  await expect(handed).rejects.toBe(refused);
  expect(steps).toEqual([]);
  const later = await hand([unreadable('3', '7', bomb), message('8')], { unreadable: () => Promise.resolve(false) });
  await later.handed;
  expect(later.steps).toEqual([]);
});

it('records that were not all done come again before what is behind them', async () => {
  const { steps, handed } = await hand([message('1'), message('2'), unreadable('3', '7', bomb)], {
    records: async (batch) => {
      batch.resolve('1');
    },
  });
  await handed;
  expect(steps).toEqual(['resolved 1']);
});
