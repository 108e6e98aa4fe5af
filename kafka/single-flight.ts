import { setImmediate as nextTurn, setTimeout as delay } from 'node:timers/promises';
import type { OutgoingRecord } from '../contracts/record.ts';
import { within } from '../lifecycle/within.ts';
import { PublishError, type PublishedRecord } from './record-publisher.ts';

/** Below Kafka's default `max.message.bytes` (1 MiB), which holds for what goes to one partition at once, not for a record. */
const MAX_FLIGHT_BYTES = 900_000;
const MAX_FLIGHT_RECORDS = 500;
/**
 * From one flight's start to the next one's. A request costs the process and the broker several times what one more record in
 * it does. A record that comes later than this after the last flight began waits for nothing: at a few a second, all do.
 */
const FLIGHT_EVERY_MS = 20;
/** Protocol overhead of a record, and of each of its headers; generous. */
const RECORD_OVERHEAD_BYTES = 32;
const HEADER_OVERHEAD_BYTES = 10;

interface Waiting {
  readonly record: OutgoingRecord;
  readonly bytes: number;
  readonly since: number;
  resolve(published: PublishedRecord): void;
  reject(error: PublishError): void;
}

export interface SingleFlightDeps {
  /** Sends records of one topic; results in their order. A failure is a failure of all. */
  readonly send: (topic: string, records: readonly OutgoingRecord[]) => Promise<PublishedRecord[]>;
  /** How long a record waits for its turn, and how long the sending may take. */
  readonly attemptTimeoutMs: number;
  readonly now: () => number;
}

export interface SingleFlight {
  /** @throws {PublishError} */
  publish(record: OutgoingRecord): Promise<PublishedRecord>;
  /** Resolves when nothing is under way. */
  idle(): Promise<void>;
}

/** At most one `send` is under way; what is published meanwhile goes together in the next one. */
export function createSingleFlight({ send, attemptTimeoutMs, now }: SingleFlightDeps): SingleFlight {
  const queue: Waiting[] = [];
  let flying: Promise<void> | undefined;
  let lastStart = -Infinity;

  async function fly(): Promise<void> {
    // Whatever is published in this turn of the event loop goes along.
    await nextTurn();
    while (queue.length > 0) {
      const early = FLIGHT_EVERY_MS - (now() - lastStart);
      // A clock that was set back must not hold the flight for longer.
      if (early > 0) await delay(Math.min(early, FLIGHT_EVERY_MS));
      lastStart = now();
      await sendAll(takeFlight(queue).filter((waiting) => !expire(waiting)));
    }
    flying = undefined;
  }

  /** Bounds the wait in a queue whose every flight fails: the caller repeats, and knows how long it wants to. */
  function expire(waiting: Waiting): boolean {
    if (now() - waiting.since < attemptTimeoutMs) return false;
    waiting.reject(new PublishError('The record waited too long behind others', { permanent: false }));
    return true;
  }

  const unanswered = () =>
    new PublishError(`Kafka did not answer within ${String(attemptTimeoutMs)} ms`, { permanent: false });

  async function sendAll(flight: readonly Waiting[]): Promise<void> {
    const [first] = flight;
    if (first === undefined) return;
    const records = flight.map((waiting) => waiting.record);
    try {
      const published = await within(attemptTimeoutMs, send(first.record.topic, records), unanswered);
      for (const [index, place] of published.entries()) flight[index]?.resolve(place);
    } catch (thrown) {
      const error = thrown instanceof PublishError ? thrown : new PublishError(String(thrown), { permanent: false });
      if (error.permanent && flight.length > 1) {
        // One record that can never be written must not fail its neighbours: halves go apart until it stands alone.
        const middle = Math.ceil(flight.length / 2);
        await sendAll(flight.slice(0, middle));
        await sendAll(flight.slice(middle));
      } else {
        for (const waiting of flight) waiting.reject(error);
      }
    }
  }

  return {
    publish: (record) =>
      new Promise((resolve, reject) => {
        queue.push({ record, bytes: sizeOf(record), since: now(), resolve, reject });
        flying ??= fly();
      }),
    idle: async () => {
      await flying;
    },
  };
}

/** About what a record takes on the wire, in bytes. */
export function sizeOf({ key, value, headers }: OutgoingRecord): number {
  let bytes = RECORD_OVERHEAD_BYTES + (key?.length ?? 0) + (value?.length ?? 0);
  for (const [name, content] of headers)
    bytes += Buffer.byteLength(name) + (content?.length ?? 0) + HEADER_OVERHEAD_BYTES;
  return bytes;
}

/**
 * Takes the next records out of the queue, all of one topic: a topic that is missing must not fail records for another.
 * A record above the limit flies alone.
 */
function takeFlight(queue: Waiting[]): Waiting[] {
  const topic = queue[0]?.record.topic;
  const flight = new Set<Waiting>();
  let bytes = 0;
  for (const waiting of queue) {
    if (waiting.record.topic !== topic) continue;
    bytes += waiting.bytes;
    if (flight.size > 0 && (bytes > MAX_FLIGHT_BYTES || flight.size === MAX_FLIGHT_RECORDS)) break;
    flight.add(waiting);
  }
  const left = queue.filter((waiting) => !flight.has(waiting));
  queue.splice(0, queue.length, ...left);
  return [...flight];
}
