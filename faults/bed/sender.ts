import { setTimeout as delay } from 'node:timers/promises';
import { Kafka, logLevel, type IHeaders, type Producer } from 'kafkajs';
import { workflowIdOf } from '../../contracts/message-id.ts';
import type { RecordSource } from '../../contracts/record.ts';
import { waitUntil } from '../../dev/wait-until.ts';
import type { Expectation, SentRecord } from '../checker/evidence.ts';
import { contentOf } from '../checker/records.ts';

/** A record to be sent, and what has to become of it. */
export interface Input {
  /** As the pipeline will find it; absent: it has none. */
  readonly id?: string;
  readonly key?: Buffer | string | null;
  readonly value: Buffer | string | null;
  readonly headers?: IHeaders;
  /** Absent: they take turns. */
  readonly partition?: number;
  /** Absent: a result. */
  readonly expect?: Expectation;
  /** What its summary begins with: the stand-in summarises a text by its beginning. */
  readonly answer?: string;
}

export interface Sender {
  /** Resolves when the broker has all of them; repeats what an outage interrupts. */
  send(inputs: readonly Input[]): Promise<void>;
  /** The same, with so many a second. */
  sendSteadily(inputs: readonly Input[], perSecond: number): Promise<void>;
  readonly sent: readonly SentRecord[];
  close(): Promise<void>;
}

const BATCH_RECORDS = 500;
/** The records of one request to a partition are one batch to the broker, which takes a MiB. */
const BATCH_BYTES = 400_000;
const TICK_MS = 100;

export async function connectSender(
  brokers: readonly string[],
  { topic, partitions }: { topic: string; partitions: number },
): Promise<Sender> {
  const kafka = new Kafka({ clientId: 'fault-sender', brokers: [...brokers], logLevel: logLevel.NOTHING });
  const producer = kafka.producer({ allowAutoTopicCreation: false });
  await producer.connect();
  const sent: SentRecord[] = [];
  let turn = 0;
  const send = async (inputs: readonly Input[]) => {
    for (const inputsOfOne of batchesOf(inputs)) {
      const batch = inputsOfOne.map((input) => {
        turn += 1;
        return { ...input, partition: input.partition ?? turn % partitions };
      });
      sent.push(...(await sendBatch(producer, topic, batch)));
    }
  };
  return {
    sent,
    send,
    async sendSteadily(inputs, perSecond) {
      const startedAt = performance.now();
      for (let done = 0; done < inputs.length;) {
        const due = Math.ceil(((performance.now() - startedAt + TICK_MS) / 1_000) * perSecond);
        const upTo = Math.min(inputs.length, due);
        await send(inputs.slice(done, upTo));
        done = upTo;
        await delay(TICK_MS);
      }
    },
    close: () => producer.disconnect(),
  };
}

function batchesOf(inputs: readonly Input[]): Input[][] {
  const batches: Input[][] = [];
  let bytes = 0;
  for (const input of inputs) {
    const size = Buffer.byteLength(input.value ?? '') + Buffer.byteLength(input.key ?? '');
    const last = batches.at(-1);
    if (last === undefined || bytes + size > BATCH_BYTES || last.length >= BATCH_RECORDS) {
      batches.push([input]);
      bytes = size;
    } else {
      last.push(input);
      bytes += size;
    }
  }
  return batches;
}

type Placed = Input & { readonly partition: number };

async function sendBatch(producer: Producer, topic: string, batch: readonly Placed[]): Promise<SentRecord[]> {
  const messages = batch.map(({ key = null, value, headers, partition }) => ({
    ...{ key, value, partition },
    ...(headers !== undefined && { headers }),
  }));
  const written = await waitUntil('the broker to take the input', () => producer.send({ topic, acks: -1, messages }), {
    timeoutMs: 180_000,
    everyMs: 500,
  });
  const next = new Map(written.map(({ partition, baseOffset }) => [partition, BigInt(baseOffset ?? '0')]));
  return batch.map((input) => {
    const offset = next.get(input.partition) ?? 0n;
    next.set(input.partition, offset + 1n);
    return toSentRecord(input, { topic, partition: input.partition, offset: String(offset) });
  });
}

function toSentRecord(input: Input, source: RecordSource): SentRecord {
  const { id, key = null, answer, expect = { result: id ?? workflowIdOf(source, undefined) } } = input;
  return {
    ...{ source, id, expect, content: contentOf(input) },
    key: key === null ? null : Buffer.from(key),
    ...(answer !== undefined && { answer }),
  };
}
