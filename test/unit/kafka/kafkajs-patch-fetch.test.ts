import { installCodecs } from '../../../kafka/codecs/install-codecs.ts';
import { at, emptied, gzipped } from '../../support/kafkajs-batches.ts';
import {
  askedFor,
  Batch,
  decodeAnswer,
  eventsOfFetch,
  joinedAgain,
  resolvedBy,
} from '../../support/kafkajs-consumer.ts';
import { decodeBatches, encodeBatch } from '../../support/kafkajs-internals.ts';

beforeAll(installCodecs);

const withHeaders = (count: number) =>
  encodeBatch([{ headers: Array.from({ length: count }, () => ['', Buffer.alloc(0)] as const) }]);

it('headers count like records in what a fetch opens', async () => {
  const batch = await withHeaders(60_000);
  const { length } = await decodeBatches(batch, batch, batch);
  expect(length).toBe(2);
});

it.each([
  ['bytes', () => encodeBatch([{ value: Buffer.alloc(10 * 1024 * 1024) }])],
  ['headers', () => withHeaders(60_000)],
])('the partitions of an answer share what may be opened of them: %s', async (_what, make) => {
  const batch = await make();
  const good = await encodeBatch([{}]);
  const answer = await decodeAnswer({ a: [[], [batch]], b: [[batch, good], [good], [batch]] });
  expect(
    answer.map(({ topicName, partitions }) => [
      topicName,
      ...partitions.map(({ partition, messages }) => [partition, messages.length]),
    ]),
  ).toEqual([
    ['a', [0, 0], [1, 1]],
    ['b', [0, 1], [1, 0], [2, 0]],
  ]);
});

it('a batch that alone is more than an answer may open is opened where it is the first', async () => {
  const large = await encodeBatch([{ value: Buffer.alloc(20 * 1024 * 1024) }]);
  const [topic] = await decodeAnswer({ a: [[large], [large]] });
  expect(topic?.partitions.map(({ messages }) => messages.length)).toEqual([1, 0]);
});

it('a partition that was left out keeps its position', async () => {
  const leftOut = { partition: 0, highWatermark: '9', abortedTransactions: [], messages: [] };
  expect(await resolvedBy(new Batch('a', '7', leftOut))).toEqual([]);
});

it('each partition comes first in some fetch, so that none is left out for ever', async () => {
  const firsts = new Set<number | undefined>();
  for (let fetch = 0; fetch < 100; fetch += 1) {
    const [first] = await askedFor([
      { topic: 'a', partitions: [{ partition: 0 }, { partition: 1 }, { partition: 2 }] },
    ]);
    firsts.add(first);
  }
  expect([...firsts].sort()).toEqual([0, 1, 2]);
});

it('a batch that says it has millions of records is too large, and no list is made for them', async () => {
  const claims = await gzipped(30_000_000, (record) => record);
  const before = process.memoryUsage().heapUsed;
  const [message] = await decodeBatches(claims);
  expect(message?.unreadable?.error).toMatchObject({ code: 'BATCH_TOO_LARGE' });
  expect(process.memoryUsage().heapUsed - before).toBeLessThan(50 * 1024 * 1024);
});

describe('a batch that compaction has emptied', () => {
  const fetched = async (...batches: Buffer[]) => {
    const messages = await decodeBatches(...batches);
    return new Batch('a', '7', { partition: 0, highWatermark: '20', abortedTransactions: [], messages });
  };

  it('is passed, though no handler sees a record', async () => {
    expect(await resolvedBy(await fetched(await emptied(5, 9)))).toEqual(['9']);
    expect(await resolvedBy(await fetched(await emptied(5, 9), await emptied(10, 10)))).toEqual(['10']);
  });

  it('takes no place among the records around it', async () => {
    const batch = await fetched(await emptied(5, 9), at(10, await encodeBatch([{}])), await emptied(11, 12));
    expect(batch.messages.map(({ offset }) => offset)).toEqual(['10']);
    expect(batch.lastOffset()).toBe('12');
  });

  it.each([[{ a: [1] }], [{ b: [0] }]])('commits nothing when its partition has gone: %j', async (later) => {
    const batch = await fetched(await emptied(5, 9));
    const kept = await joinedAgain([{ a: [0] }, { a: [0] }]);
    expect(await kept.committedAfter(batch)).toEqual([{ topic: 'a', partitions: [{ partition: '0', offset: '10' }] }]);
    const gone = await joinedAgain([{ a: [0] }, later]);
    expect(await gone.committedAfter(batch)).toEqual([]);
  });
});

it('a fetch is told of when it has succeeded, also with nothing, and not when it failed', async () => {
  expect(await eventsOfFetch()).toEqual(['consumer.fetch_start', 'consumer.fetch', 'heartbeat']);
  expect(await eventsOfFetch(new Error('NOT_LEADER_FOR_PARTITION'))).toEqual(['consumer.fetch_start', 'heartbeat']);
});

it('a join is told of with its generation, so that a missed one is seen', async () => {
  const { joins } = await joinedAgain([{ a: [0] }, { a: [1] }]);
  expect(joins).toMatchObject([
    { memberId: 'm', generationId: 1, memberAssignment: { a: [0] } },
    { memberId: 'm', generationId: 2, memberAssignment: { a: [1] } },
  ]);
});
