import { randomBytes } from 'node:crypto';
import type { Admin, EachBatchHandler, Kafka, KafkaMessage } from 'kafkajs';
import { DEAD_LETTER_HEADERS } from '../../contracts/headers.ts';
import type { ResultMessage } from '../../contracts/pipeline.ts';
import type { Outcome } from './accounts.ts';
import type { Position } from './demo-input.ts';

export type OnOutcome = (position: Position, outcome: Outcome) => void;

export interface OutcomeWatch {
  stop(): Promise<void>;
}

/**
 * Reads what is published from now on, as any consumer of the pipeline would.
 *
 * Where to begin is committed before the group is joined: "latest" would be looked up some time after, perhaps behind the
 * first outcome, and a group that has to be joined again would begin somewhere else.
 */
export async function watchOutcomes(options: {
  kafka: Kafka;
  admin: Admin;
  topics: { results: string; deadLetters: string };
  onOutcome: OnOutcome;
}): Promise<OutcomeWatch> {
  const { kafka, admin, topics, onOutcome } = options;
  const names = [topics.results, topics.deadLetters];
  const groupId = `llm-kafka-pipeline-demo-${randomBytes(4).toString('hex')}`;
  for (const topic of names) {
    const ends = await admin.fetchTopicOffsets(topic);
    const partitions = ends.map(({ partition, high }) => ({ partition, offset: high }));
    await admin.setOffsets({ groupId, topic, partitions });
  }
  const consumer = kafka.consumer({ groupId, maxWaitTimeInMs: 100 });
  const stop = async () => {
    await consumer.disconnect();
    await admin.deleteGroups([groupId]).catch(() => undefined);
  };
  try {
    await consumer.connect();
    await consumer.subscribe({ topics: names });
    await consumer.run({ autoCommit: false, eachBatch: createReader(topics.results, onOutcome) });
  } catch (error) {
    await stop();
    throw error;
  }
  return { stop };
}

function createReader(resultTopic: string, onOutcome: OnOutcome): EachBatchHandler {
  // Nothing is committed, so whoever joins again reads from the start: only what is new counts.
  const nextOffsets = new Map<string, bigint>();
  return ({ batch: { topic, partition, messages } }) => {
    const place = `${topic}/${String(partition)}`;
    for (const message of messages) {
      if (BigInt(message.offset) < (nextOffsets.get(place) ?? 0n)) continue;
      nextOffsets.set(place, BigInt(message.offset) + 1n);
      const found = topic === resultTopic ? readResult(message) : readDeadLetter(message);
      if (found !== undefined) onOutcome(found.position, found.outcome);
    }
    return Promise.resolve();
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
