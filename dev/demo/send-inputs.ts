import kafkajs, { type Kafka, type Message } from 'kafkajs';
import type { DemoInput, Position } from './demo-input.ts';

/** A produce request stays well below the 1 MiB that brokers take by default. */
const MAX_BATCH_BYTES = 512 * 1024;
const MAX_BATCH_RECORDS = 500;

export interface InputSender {
  /** Calls back for every input once the broker has it. */
  send(inputs: readonly DemoInput[], onSent: (input: DemoInput, position: Position) => void): Promise<void>;
  close(): Promise<void>;
}

export async function createInputSender({ kafka, topic }: { kafka: Kafka; topic: string }): Promise<InputSender> {
  const partitionOf = await createPartitioner(kafka, topic);
  const producer = kafka.producer({ allowAutoTopicCreation: false });
  await producer.connect();
  return {
    async send(inputs, onSent) {
      for (const batch of toBatches(inputs)) {
        const records = batch.map((input) => ({ input, partition: partitionOf(input.key) }));
        const written = await producer.send({
          topic,
          acks: -1,
          messages: records.map(({ input, partition }) => ({ key: input.key, value: input.value, partition })),
        });
        // The broker answers with the first offset of each partition; within one, records keep their order.
        const next = new Map(written.map(({ partition, baseOffset }) => [partition, BigInt(baseOffset ?? '0')]));
        for (const { input, partition } of records) {
          const offset = next.get(partition) ?? 0n;
          next.set(partition, offset + 1n);
          onSent(input, { partition, offset: String(offset) });
        }
      }
    },
    close: () => producer.disconnect(),
  };
}

/** Where the producer would put a record anyway; asked beforehand, so that its offset can be told from the answer. */
async function createPartitioner(kafka: Kafka, topic: string): Promise<(key: string | null) => number> {
  const admin = kafka.admin();
  await admin.connect();
  const { topics } = await admin.fetchTopicMetadata({ topics: [topic] });
  await admin.disconnect();
  const partitionMetadata = topics[0]?.partitions ?? [];
  const partitioner = kafkajs.Partitioners.DefaultPartitioner();
  return (key) => partitioner({ topic, partitionMetadata, message: { key, value: null } satisfies Message });
}

export function toBatches(inputs: readonly DemoInput[]): DemoInput[][] {
  const batches: DemoInput[][] = [];
  let bytes = Infinity;
  for (const input of inputs) {
    const size = Buffer.byteLength(input.value ?? '');
    const current = batches.at(-1);
    if (current === undefined || bytes + size > MAX_BATCH_BYTES || current.length >= MAX_BATCH_RECORDS) {
      batches.push([input]);
      bytes = size;
    } else {
      current.push(input);
      bytes += size;
    }
  }
  return batches;
}
