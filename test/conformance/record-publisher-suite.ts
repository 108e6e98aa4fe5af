import type { RecordPublisher } from '../../kafka/record-publisher.ts';
import { createTopic } from '../support/kafka.ts';
import { testStack } from '../support/stack.ts';
import type { PortsUnderTest } from './ports.ts';

/** What the record publisher promises, whichever client is behind it. Runs against the broker of the test stack. */
export function describeRecordPublisher(ports: PortsUnderTest): void {
  it('a record that is too large for its topic is refused for good, and those beside it are written', async () => {
    const topic = await createTopic('large', { config: { 'max.message.bytes': '10000' } });
    const publisher = await ports.createPublisher(testStack().brokers);
    try {
      const sizes = [10, 20_000, 10];
      const results = await Promise.allSettled(sizes.map((size) => publish(publisher, topic, 'x'.repeat(size))));
      expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
      expect(results[1]).toMatchObject({ reason: { permanent: true } });
    } finally {
      await publisher.close();
    }
  });
}

const publish = (publisher: RecordPublisher, topic: string, value: string) =>
  publisher.publish({ topic, key: null, value: Buffer.from(value), headers: [] });
