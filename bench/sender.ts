import kafkajs, { type Kafka } from 'kafkajs';
import type { CleanUp } from './clean-up.ts';

export interface BenchMessage {
  readonly id: string;
  /** The value of its input record. */
  readonly value: string;
  /** Absent: by the id. */
  readonly partition?: number;
}

/** Milliseconds since the epoch. */
export interface SendLog {
  /** When the first record was about to be sent. */
  firstSentAt: number | undefined;
  /** When the broker had acknowledged each message, by id. */
  readonly acknowledgedAt: Map<string, number>;
}

export const createSendLog = (): SendLog => ({ firstSentAt: undefined, acknowledgedAt: new Map() });

/** Sends and notes the times in `log`. Resolves when the broker has all messages. */
export type ConnectedSender = (messages: readonly BenchMessage[], log: SendLog) => Promise<void>;

export async function connectSender(
  { kafka, topic }: { kafka: Kafka; topic: string },
  cleanUp: CleanUp,
): Promise<ConnectedSender> {
  const producer = kafka.producer({
    allowAutoTopicCreation: false,
    createPartitioner: kafkajs.Partitioners.DefaultPartitioner,
  });
  await producer.connect();
  cleanUp.add(() => producer.disconnect());
  return async (messages, log) => {
    log.firstSentAt ??= Date.now();
    await producer.send({ topic, acks: -1, messages: messages.map(toRecord) });
    const now = Date.now();
    for (const { id } of messages) log.acknowledgedAt.set(id, now);
  };
}

const toRecord = ({ id, value, partition }: BenchMessage) => ({
  key: id,
  value,
  ...(partition !== undefined && { partition }),
});
