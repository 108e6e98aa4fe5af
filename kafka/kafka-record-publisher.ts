import { setTimeout as delay } from 'node:timers/promises';
import type { Kafka } from 'kafkajs';
import { DependencyUnavailableError } from '../lifecycle/errors.ts';
import type { Logger } from '../telemetry/logger.ts';
import { explainConnectFailure } from './connect-failure.ts';
import { createProduceSession, type ProduceSession } from './produce-session.ts';
import { PublishError, type RecordPublisher } from './record-publisher.ts';
import { createSingleFlight, sizeOf } from './single-flight.ts';

/** A topic may be allowed larger records than Kafka's default, so the broker is asked; beyond this none is. */
const MAX_RECORD_BYTES = 24 * 1024 * 1024;
const CLOSE_TIMEOUT_MS = 12_000;

export interface KafkaRecordPublisherDeps {
  readonly kafka: Pick<Kafka, 'producer'>;
  readonly logger: Logger;
  /** How long a record waits for its turn, and how long the sending may take. Longer outages are the caller's to bear. */
  readonly attemptTimeoutMs?: number;
  readonly now?: () => number;
}

/**
 * Publishes in single flight: throughput grows with load, and the overlapping sends that kafkajs gets wrong cannot happen.
 * @throws {DependencyUnavailableError} when Kafka does not answer at start. A later outage rejects what is published in it,
 *   and ends without a new process.
 */
export async function createKafkaRecordPublisher(deps: KafkaRecordPublisherDeps): Promise<RecordPublisher> {
  const { kafka, logger, attemptTimeoutMs = 10_000, now = Date.now } = deps;
  let session = createProduceSession(kafka);
  let closed = false;

  /** In the background: a producer that hangs in an outage hangs in its disconnect, too. */
  function replace(failed: ProduceSession): void {
    if (session !== failed) return;
    session = createProduceSession(kafka);
    failed.close().catch((error: unknown) => {
      logger.debug({ err: error }, 'a discarded producer did not disconnect');
    });
  }

  const flight = createSingleFlight({
    attemptTimeoutMs,
    now,
    async send(topic, records) {
      const used = session;
      // A request that never ends would keep its producer: the next flight needs another one.
      const stuck = setTimeout(() => {
        replace(used);
      }, attemptTimeoutMs);
      try {
        return await used.send(topic, records);
      } catch (error) {
        if (!(error instanceof PublishError && error.permanent)) {
          logger.warn({ err: error, topic, records: records.length }, 'publishing failed');
          replace(used);
        }
        throw error;
      } finally {
        clearTimeout(stuck);
      }
    },
  });

  try {
    await session.connect();
  } catch (cause) {
    throw new DependencyUnavailableError(explainConnectFailure(cause), { cause });
  }

  return {
    async publish(record) {
      if (closed) throw new PublishError('The publisher is closed', { permanent: false });
      const bytes = sizeOf(record);
      if (bytes > MAX_RECORD_BYTES) {
        throw new PublishError(`The record has ${String(bytes)} bytes, more than any topic takes`, { permanent: true });
      }
      return flight.publish(record);
    },
    async close() {
      closed = true;
      const closing = flight.idle().then(() => session.close());
      await Promise.race([closing, delay(CLOSE_TIMEOUT_MS, undefined, { ref: false })]);
    },
  };
}
