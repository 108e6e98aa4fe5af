import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import type { OutgoingRecord } from '../../contracts/record.ts';
import type { RecordPublisher } from '../../kafka/record-publisher.ts';
import type { RecordHandlers, RecordSource } from '../../kafka/record-source.ts';
import { damage, produceBomb, produceFromJava } from '../support/hostile-batches.ts';
import { committedOffsets, createTopic, deleteRecordsBefore } from '../support/kafka.ts';
import { testStack } from '../support/stack.ts';
import { waitUntil } from '../../dev/wait-until.ts';
import type { PortsUnderTest, SourceOptions } from './ports.ts';
import { receive, resolveAll } from './received.ts';

const MIB = 1024 * 1024;
const COMPRESSIONS = ['none', 'gzip', 'snappy', 'lz4', 'zstd'] as const;

/** What the record source promises, whichever client is behind it. Runs against the broker of the test stack. */
export function describeRecordSource(ports: PortsUnderTest): void {
  let publisher: RecordPublisher;
  const sources: RecordSource[] = [];

  beforeAll(async () => {
    publisher = await ports.createPublisher(testStack().brokers);
  });
  afterEach(async () => {
    await Promise.all(sources.splice(0).map((source) => source.stop()));
  });
  afterAll(() => publisher.close());

  const publish = (topic: string, value: string | Buffer, overrides: Partial<OutgoingRecord> = {}) =>
    publisher.publish({ topic, key: null, value: Buffer.from(value), headers: [], ...overrides });
  const newGroup = () => `group-${randomBytes(4).toString('hex')}`;

  function createSource(topic: string, options: Partial<SourceOptions> = {}): RecordSource {
    const source = ports.createSource({
      ...{ brokers: testStack().brokers, groupId: newGroup(), topics: [topic] },
      ...options,
    });
    sources.push(source);
    return source;
  }
  async function start(topic: string, handlers: RecordHandlers, options: Partial<SourceOptions> = {}) {
    const source = createSource(topic, options);
    await source.start(handlers);
    return source;
  }

  it('hands over every byte: key, value, and headers in order, repeated, null, and with any name', async () => {
    const topic = await createTopic('bytes');
    const bytes = Buffer.from([0, 255, 128, 10]);
    const headers = [
      ['b', bytes],
      ['__proto__', Buffer.from('2')],
      ['constructor', Buffer.from('3')],
      ['7', null],
      ['b', Buffer.alloc(0)],
    ] as const;
    await publish(topic, bytes, { key: bytes, headers });
    await publish(topic, '', { value: null });
    const { records, handlers } = receive();
    await start(topic, handlers);
    await waitUntil('both records', () => records.length === 2);
    expect(records[0]).toMatchObject({ topic, partition: 0, offset: '0', key: bytes, value: bytes });
    expect(records[0]?.headers).toEqual(headers);
    expect(Math.abs(Number(records[0]?.timestamp) - Date.now())).toBeLessThan(60_000);
    expect(records[1]).toMatchObject({ key: null, value: null, headers: [] });
  });

  it('a record with thousands of headers does not hold the process up', async () => {
    const topic = await createTopic('headers');
    const headers = Array.from({ length: 20_000 }, (_, index) => [`h${String(index)}`, Buffer.alloc(1)] as const);
    await publish(topic, 'many', { headers });
    await publish(topic, 'after');
    const { records, handlers, values } = receive();
    const delay = monitorEventLoopDelay({ resolution: 5 });
    delay.enable();
    await start(topic, handlers);
    await waitUntil('both records', () => records.length === 2);
    delay.disable();
    expect(values()).toEqual(['many', 'after']);
    expect(records[0]?.headers).toHaveLength(20_000);
    expect(delay.max / 1e6).toBeLessThan(1_000);
  });

  it.each(COMPRESSIONS)('opens what the Java producer writes with %s', async (compression) => {
    const topic = await createTopic(compression);
    const lines = Array.from(
      { length: 2_000 },
      (_, index) => `record ${String(index)} with the same text as the others`,
    );
    const folder = await mkdtemp(join(tmpdir(), 'lines-'));
    const { records, unreadable, handlers, values } = receive();
    try {
      await writeFile(join(folder, 'lines'), lines.map((line) => `${line}\n`).join(''));
      await produceFromJava(topic, join(folder, 'lines'), compression);
      await start(topic, handlers);
      await waitUntil('all records', () => records.length + unreadable.length >= lines.length);
    } finally {
      await rm(folder, { recursive: true });
    }
    expect(values()).toEqual(lines);
  });

  it('a batch that expands beyond the cap is handed over unopened, in its place, and passed afterwards', async () => {
    const topic = await createTopic('bomb');
    const groupId = newGroup();
    await publish(topic, 'before');
    await produceBomb(topic, 65 * MIB);
    await publish(topic, 'after');
    let refusals = 1;
    const { unreadable, handlers, values } = receive();
    await start(
      topic,
      {
        ...handlers,
        async unreadable(batch) {
          // What could not be quarantined comes again.
          if (refusals > 0) {
            refusals -= 1;
            return false;
          }
          expect(await committedOffsets(groupId, topic)).toEqual({ 0: '1' });
          unreadable.push(batch);
          return true;
        },
      },
      { groupId },
    );
    await waitUntil('what is behind it', () => values().includes('after'), { timeoutMs: 40_000 });
    expect(values()).toEqual(['before', 'after']);
    expect(unreadable).toMatchObject([
      { firstOffset: '1', lastOffset: '1', recordCount: 1, reason: 'too-large', compression: 'gzip' },
    ]);
    expect(unreadable[0]?.bytes.length).toBeLessThan(MIB);
  });

  it('a batch that a disk has damaged is handed over as damaged, and the others go on', async () => {
    const topic = await createTopic('damaged');
    for (const value of ['before', 'damage-me', 'after']) await publish(topic, value);
    await damage(topic, 'damage-me');
    const { unreadable, handlers, values } = receive();
    await start(topic, handlers);
    await waitUntil('what is behind it', () => values().includes('after'));
    expect(values()).toEqual(['before', 'after']);
    expect(unreadable).toMatchObject([{ firstOffset: '1', lastOffset: '1', recordCount: 1, reason: 'damaged' }]);
  });

  it('what was not resolved comes again, also after an error that a programmer made', async () => {
    const topic = await createTopic('again');
    const groupId = newGroup();
    for (const value of ['a', 'b', 'c']) await publish(topic, value);
    const seen: string[] = [];
    const source = await start(
      topic,
      {
        async records(batch) {
          seen.push(batch.records.map(({ value }) => String(value)).join(''));
          if (seen.length === 1) throw new TypeError('a mistake');
          batch.resolve('0');
        },
        unreadable: async () => true,
      },
      { groupId },
    );
    await waitUntil('the rest', () => seen.some((batch) => batch.startsWith('b')), { timeoutMs: 30_000 });
    await source.stop();
    expect(seen.slice(0, 3).map(([first]) => first)).toEqual(['a', 'a', 'b']);
    expect(await committedOffsets(groupId, topic)).toEqual({ 0: '1' });
  });

  it('nothing comes while it is paused, whoever joins or leaves, and soon after it is resumed', async () => {
    const topic = await createTopic('paused');
    const groupId = newGroup();
    const { records, handlers } = receive();
    const source = await start(topic, handlers, { groupId });
    source.pause();
    await publish(topic, 'a');
    const other = createSource(topic, { groupId });
    other.pause();
    await other.start(handlers);
    await other.stop();
    await waitUntil('the group to be whole', () => source.status().partitions === 1, { timeoutMs: 30_000 });
    await waitUntil('the partition', () => source.status().notReadyBecause === undefined, { timeoutMs: 30_000 });
    expect(records).toEqual([]);
    const resumedAt = Date.now();
    source.resume();
    await waitUntil('the record', () => records.length > 0);
    expect(Date.now() - resumedAt).toBeLessThan(3_000);
  });

  it('records that are deleted under it are told of, and no offset is committed that is not one', async () => {
    const topic = await createTopic('deleted');
    const groupId = newGroup();
    const resets: unknown[] = [];
    const { handlers, values } = receive();
    const source = await start(topic, handlers, { groupId, onOffsetReset: (reset) => resets.push(reset) });
    await publish(topic, 'a');
    await waitUntil('the first record', () => values().length === 1);
    source.pause();
    for (const value of ['b', 'c', 'd', 'e']) await publish(topic, value);
    await deleteRecordsBefore(topic, '3');
    source.resume();
    await waitUntil('what is left', () => values().includes('e'), { timeoutMs: 30_000 });
    expect(resets).toEqual([{ topic, partition: 0, position: '1', logStart: '3', logEnd: '5' }]);
    expect(values().slice(-2)).toEqual(['d', 'e']);
    await source.stop();
    expect(await committedOffsets(groupId, topic)).toEqual({ 0: '5' });
  });

  it('a stop ends what is under way and keeps what it resolved', async () => {
    const topic = await createTopic('stopping');
    const groupId = newGroup();
    for (const value of ['a', 'b']) await publish(topic, value);
    const begun: string[] = [];
    const source = await start(
      topic,
      {
        async records(batch) {
          batch.resolve('0');
          begun.push('batch');
          await new Promise((resolve) => {
            batch.signal.addEventListener('abort', resolve);
          });
          resolveAll(batch);
        },
        unreadable: async () => true,
      },
      { groupId },
    );
    await waitUntil('a batch', () => begun.length > 0);
    const stoppedAt = Date.now();
    await source.stop();
    expect(Date.now() - stoppedAt).toBeLessThan(5_000);
    expect(Number((await committedOffsets(groupId, topic))[0])).toBeGreaterThan(0);
  });
}
