import { setTimeout as delay } from 'node:timers/promises';
import type { KafkaMessage } from 'kafkajs';
import { RESULT_HEADERS } from '../contracts/headers.ts';
import type { CleanUp } from './clean-up.ts';
import type { OutcomeSink } from './outcomes.ts';
import type { Servers } from './servers.ts';

export interface OutcomeReader {
  /** Resolves when every record that is on the topics now has been counted. Until then a duplicate could be unseen. */
  readToEnd(): Promise<void>;
}

const READ_TO_END_TIMEOUT_MS = 30_000;
const POLL_EVERY_MS = 20;
/** So large that the wait, not the size, ends a fetch. */
const FETCH_BYTES = 256 * 1024;

/** Counts what arrives on the output and dead-letter topics, as any consumer would read it. */
export async function startOutcomeReader(
  { kafka, config }: Servers,
  { outcomes, cleanUp }: { outcomes: readonly OutcomeSink[]; cleanUp: CleanUp },
): Promise<OutcomeReader> {
  const { outputTopic, deadLetterTopic, groupId } = config.kafka;
  const topics = [outputTopic, deadLetterTopic];
  const nextOffsets = new Map<string, bigint>();
  // Ten fetches a second, however many results there are: reading must not load the machine that is measured. When a result
  // was written is the broker's own note.
  const consumer = kafka.consumer({ groupId: `${groupId}-reader`, maxWaitTimeInMs: 100, minBytes: FETCH_BYTES });
  await consumer.connect();
  cleanUp.add(() => consumer.disconnect());
  await consumer.subscribe({ topics, fromBeginning: true });
  await consumer.run({
    autoCommit: false,
    // eslint-disable-next-line @typescript-eslint/require-await -- kafkajs asks for a promise
    eachMessage: async ({ topic, partition, message }) => {
      const isResult = topic === outputTopic;
      const id = isResult ? resultId(message) : deadLetterId(message);
      for (const one of outcomes) {
        if (isResult) one.noteResult(id, Number(message.timestamp));
        else one.noteDeadLetter(id);
      }
      nextOffsets.set(`${topic}/${String(partition)}`, BigInt(message.offset) + 1n);
    },
  });
  return {
    async readToEnd() {
      const ends = await endOffsets({ kafka, topics });
      const deadline = Date.now() + READ_TO_END_TIMEOUT_MS;
      while ([...ends].some(([partition, end]) => (nextOffsets.get(partition) ?? 0n) < end)) {
        if (Date.now() > deadline) throw new Error('The results could not be read to their end within 30 s.');
        await delay(POLL_EVERY_MS);
      }
    },
  };
}

async function endOffsets({ kafka, topics }: { kafka: Servers['kafka']; topics: readonly string[] }) {
  const admin = kafka.admin();
  await admin.connect();
  try {
    const ends = new Map<string, bigint>();
    for (const topic of topics) {
      for (const { partition, high } of await admin.fetchTopicOffsets(topic)) {
        ends.set(`${topic}/${String(partition)}`, BigInt(high));
      }
    }
    return ends;
  } finally {
    await admin.disconnect();
  }
}

const resultId = ({ headers }: KafkaMessage) => String(headers?.[RESULT_HEADERS.messageId]);

/** A dead letter's value is the input record's, and ours all carry their id. */
function deadLetterId({ value }: KafkaMessage): string {
  return (JSON.parse(String(value)) as { id: string }).id;
}
