import { randomBytes } from 'node:crypto';
import type { Kafka, KafkaMessage } from 'kafkajs';
import { DEAD_LETTER_HEADERS } from '../../contracts/headers.ts';
import type { ResultMessage } from '../../contracts/pipeline.ts';
import type { Outcome } from './accounts.ts';
import type { Position } from './demo-input.ts';

export type OnOutcome = (position: Position, outcome: Outcome) => void;

export interface OutcomeWatch {
  stop(): Promise<void>;
}

/**
 * Reads what is published from now on, as any consumer of the pipeline would. Resolves when it reads: what is sent after
 * that cannot be missed.
 */
export async function watchOutcomes(options: {
  kafka: Kafka;
  topics: { results: string; deadLetters: string };
  onOutcome: OnOutcome;
}): Promise<OutcomeWatch> {
  const { kafka, topics, onOutcome } = options;
  const admin = kafka.admin();
  await admin.connect();
  const names = [topics.results, topics.deadLetters];
  const ends = await Promise.all(
    names.map(async (topic) =>
      (await admin.fetchTopicOffsets(topic)).map(({ partition, high }) => ({ topic, partition, offset: high })),
    ),
  );
  const groupId = `llm-kafka-pipeline-demo-${randomBytes(4).toString('hex')}`;
  const consumer = kafka.consumer({ groupId, maxWaitTimeInMs: 100 });
  await consumer.connect();
  await consumer.subscribe({ topics: names, fromBeginning: true });
  await consumer.run({
    autoCommit: false,
    eachBatch: ({ batch }) => {
      const read = batch.topic === topics.results ? readResult : readDeadLetter;
      for (const message of batch.messages) {
        const found = read(message);
        if (found !== undefined) onOutcome(found.position, found.outcome);
      }
      return Promise.resolve();
    },
  });
  // An explicit place to begin: "latest" would be looked up at the first fetch, which may come after the first outcome.
  for (const end of ends.flat()) consumer.seek(end);
  return {
    async stop() {
      await consumer.disconnect();
      await admin.deleteGroups([groupId]).catch(() => undefined);
      await admin.disconnect();
    },
  };
}

interface Found {
  readonly position: Position;
  readonly outcome: Outcome;
}

/** `undefined` for records of others that are no result. */
export function readResult({ value }: Pick<KafkaMessage, 'value'>): Found | undefined {
  try {
    const message = JSON.parse(value?.toString('utf8') ?? '') as ResultMessage;
    const { partition, offset } = message.source;
    return { position: { partition, offset }, outcome: { kind: 'result', message } };
  } catch {
    return undefined;
  }
}

export function readDeadLetter({ headers }: Pick<KafkaMessage, 'headers'>): Found | undefined {
  const text = (name: string) => [headers?.[name]].flat()[0]?.toString() ?? '';
  const offset = text(DEAD_LETTER_HEADERS.originalOffset);
  if (!/^\d+$/.test(offset)) return undefined;
  return {
    position: { partition: Number(text(DEAD_LETTER_HEADERS.originalPartition)), offset },
    outcome: {
      kind: 'dead-letter',
      failureType: text(DEAD_LETTER_HEADERS.failureType),
      failureMessage: text(DEAD_LETTER_HEADERS.failureMessage),
      attempts: text(DEAD_LETTER_HEADERS.attempts),
    },
  };
}
