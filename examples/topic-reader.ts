import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { EachBatchPayload, Kafka } from 'kafkajs';
import { within } from '../lifecycle/within.ts';
import type { Logger } from '../telemetry/logger.ts';

const RESTART_MS = 2_000;
/** A deleted tombstone can leave the end of a topic without records: fetches that bring nothing for so long mean the end. */
const QUIET_MS = 10_000;
/** Disconnecting can hang, for example while the group rebalances; a group that is left behind the broker forgets. */
const CLOSE_TIMEOUT_MS = 5_000;

export interface TopicReaderOptions {
  kafka: Kafka;
  topic: string;
  groupPrefix: string;
  /** Must not throw: the library would stop for good on some errors and read the batch again on others. */
  eachBatch: (payload: EachBatchPayload) => Promise<void>;
  /** Called, perhaps often, when fetches have brought nothing for some seconds. */
  onQuiet: () => void;
  signal: AbortSignal;
  logger: Logger;
  closeTimeoutMs?: number;
}

/**
 * Reads a topic from its beginning until `signal` aborts, commits nothing, and after every outage begins again.
 * Resolves when the consumer is closed, or soon anyway.
 */
export async function readTopic(options: TopicReaderOptions): Promise<void> {
  const { topic, signal, logger } = options;
  const aborted = new Promise<void>((resolve) => {
    signal.addEventListener('abort', () => {
      resolve();
    });
  });
  const isEnding = () => signal.aborted;
  while (!isEnding()) {
    try {
      await readUntilGivenUp(options, aborted);
    } catch (error) {
      const what = isEnding() ? 'the reader of the topic did not end well' : 'the topic cannot be read; trying again';
      logger.warn({ err: error, topic }, what);
    }
    await delay(RESTART_MS, undefined, { signal }).catch(() => undefined);
  }
}

/**
 * Every process reads everything, so each has a group of its own, and a new one after every outage: in the old one the
 * broker would wait for the member that was lost. Nothing is committed, so a group whose process was killed, without
 * members and offsets, is forgotten by the broker.
 */
async function readUntilGivenUp(options: TopicReaderOptions, aborted: Promise<void>): Promise<void> {
  const { kafka, topic, groupPrefix, eachBatch, onQuiet, signal, closeTimeoutMs = CLOSE_TIMEOUT_MS } = options;
  const groupId = `${groupPrefix}-${randomUUID()}`;
  const consumer = kafka.consumer({
    groupId,
    // The wait of a fetch is also how long closing takes at most.
    maxWaitTimeInMs: 1_000,
    allowAutoTopicCreation: false,
    retry: { restartOnFailure: () => Promise.resolve(false) },
  });
  const gaveUp = new Promise<void>((resolve) => {
    consumer.on('consumer.crash', () => {
      resolve();
    });
  });
  let lastMove = Infinity;
  const moved = () => {
    lastMove = Date.now();
  };
  consumer.on('consumer.group_join', moved);
  consumer.on('consumer.start_batch_process', moved);
  consumer.on('consumer.fetch', () => {
    if (Date.now() - lastMove >= QUIET_MS) onQuiet();
  });
  const open = async () => {
    await consumer.connect();
    signal.throwIfAborted();
    await consumer.subscribe({ topic, fromBeginning: true });
    signal.throwIfAborted();
    await consumer.run({ autoCommit: false, eachBatch });
    await gaveUp;
  };
  const late = (doing: string) => () => new Error(`${doing} took longer than ${String(closeTimeoutMs)} ms`);
  try {
    await Promise.race([open(), aborted]);
  } finally {
    await within(closeTimeoutMs, consumer.disconnect(), late('Disconnecting'));
  }
  if (signal.aborted) await within(closeTimeoutMs, deleteGroup(kafka, groupId), late('Deleting its group'));
}

async function deleteGroup(kafka: Kafka, groupId: string): Promise<void> {
  const admin = kafka.admin();
  try {
    await admin.connect();
    await admin.deleteGroups([groupId]);
  } finally {
    await admin.disconnect();
  }
}
