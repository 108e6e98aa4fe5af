import { PublishError, type PublishedRecord, type RecordPublisher } from '../../kafka/record-publisher.ts';
import { ask, createTopic, readTopic } from '../support/kafka.ts';
import { startProxiedKafka, type ProxiedKafka } from '../support/proxied-kafka.ts';
import { waitUntil } from '../../dev/wait-until.ts';
import type { PortsUnderTest } from './ports.ts';
import { receive } from './received.ts';

const PUBLISHERS = 8;
const RECORDS_EACH = 40;
const LOST_ANSWERS = 20;
const RECORDS_PER_LOST_ANSWER = (PUBLISHERS * RECORDS_EACH) / LOST_ANSWERS;

/** What both ports promise when answers of the broker are lost or late. Runs against a broker of its own, behind a proxy. */
export function describeBrokenConnections(ports: PortsUnderTest): void {
  let kafka: ProxiedKafka;
  beforeAll(async () => {
    kafka = await startProxiedKafka();
  }, 60_000);
  afterAll(() => kafka.stop());

  it('what is acknowledged is in the log where it was said to be, although answers are lost', async () => {
    const topic = await createTopic('acknowledged', { brokers: kafka.direct });
    const publisher = await ports.createPublisher(kafka.brokers);
    const acknowledged = new Map<string, PublishedRecord>();
    const lost: { readonly hits: readonly number[] }[] = [];
    let begun = 0;
    const publishAll = async (name: number) => {
      for (let index = 0; index < RECORDS_EACH; index += 1) {
        if (begun % RECORDS_PER_LOST_ANSWER === 0) {
          lost.push(kafka.proxy.addRule({ api: 'Produce', fault: 'cut', times: 1 }));
        }
        begun += 1;
        const value = `${String(name)}/${String(index)}`;
        acknowledged.set(value, await persist(publisher, topic, value));
      }
    };
    try {
      await Promise.all(Array.from({ length: PUBLISHERS }, (_, name) => publishAll(name)));
    } finally {
      await publisher.close();
    }
    expect(lost.flatMap(({ hits }) => hits)).toHaveLength(LOST_ANSWERS);
    expect(acknowledged.size).toBe(PUBLISHERS * RECORDS_EACH);
    const last = Math.max(...[...acknowledged.values()].map(({ offset }) => Number(offset)));
    const log = await readTopic(topic, {
      brokers: kafka.direct,
      until: (records) => records.some(({ offset }) => Number(offset) >= last),
    });
    const atOffset = new Map(log.map(({ offset, value }) => [offset, String(value)]));
    for (const [value, { offset }] of acknowledged) expect([value, atOffset.get(offset)]).toEqual([value, value]);
  }, 60_000);

  it.each(['JoinGroup', 'SyncGroup'] as const)(
    'a stop while it waits for the answer to %s leaves no member behind',
    async (api) => {
      const topic = await createTopic('joining', { brokers: kafka.direct });
      const publisher = await ports.createPublisher(kafka.direct);
      await publisher.publish({ topic, key: null, value: Buffer.from('a'), headers: [] });
      await publisher.close();
      const { records, handlers } = receive();
      const source = ports.createSource({ brokers: kafka.brokers, groupId: topic, topics: [topic] });
      const late = kafka.proxy.addRule({ api, fault: 'delay', delayMs: 1_000, times: 1 });
      const started = source.start(handlers).catch(() => undefined);
      await waitUntil('the request', () => late.hits.length === 1);
      await source.stop();
      await started;
      // Before the broker would have thrown a silent member out.
      await waitUntil('the group to be empty', async () => (await membersOf(topic, kafka.direct)) === 0);
      expect(records).toEqual([]);
      expect(source.status().notReadyBecause).toBeDefined();
    },
  );
}

async function membersOf(groupId: string, brokers: readonly string[]): Promise<number | undefined> {
  const { groups } = await ask((admin) => admin.describeGroups([groupId]), brokers);
  return groups[0]?.members.length;
}

/** As the activity that publishes: what failed for now is published again, with the same bytes. */
async function persist(publisher: RecordPublisher, topic: string, value: string): Promise<PublishedRecord> {
  for (;;) {
    try {
      return await publisher.publish({ topic, key: null, value: Buffer.from(value), headers: [] });
    } catch (error) {
      if (!(error instanceof PublishError) || error.permanent) throw error;
    }
  }
}
