import type { MessageFailureType } from './failure-types.ts';
import { DEAD_LETTER_BATCH_HEADERS, DEAD_LETTER_HEADERS, OMITTED_BYTES_HEADER } from './headers.ts';
import { MAX_FAILURE_MESSAGE_CHARS } from './limits.ts';
import { decodeBytes, type InputRecord, type OutgoingRecord } from './record.ts';

export interface DeadLetter {
  readonly record: InputRecord;
  /** Set when the record stands for a batch that could not be opened; its offset is the batch's first then. */
  readonly batch?: UnopenedBatch;
  readonly failure: { readonly type: MessageFailureType; readonly message: string; readonly attempts: number };
  readonly workflowId: string;
  /** The dead-letter topic. */
  readonly topic: string;
}

export interface UnopenedBatch {
  readonly lastOffset: string;
  readonly recordCount: number;
  /** Kafka's name of it, or `unknown`. */
  readonly compression: string;
}

const REDRIVE_COUNT = /^\d{1,9}$/;
const replacedHeaders: ReadonlySet<string> = new Set([
  ...Object.values(DEAD_LETTER_HEADERS),
  ...Object.values(DEAD_LETTER_BATCH_HEADERS),
  OMITTED_BYTES_HEADER,
]);

/**
 * The input's key, value and headers byte for byte, and why it ended here in `dead-letter-*` headers. Nothing depends on the
 * clock or the process, so that a repeat has the same bytes.
 *
 * A redriven record already carries such headers: they are replaced, because they describe its last failure, except the
 * redrive count, without which a record could go round for ever.
 */
export function toDeadLetterRecord({ record, batch, failure, workflowId, topic }: DeadLetter): OutgoingRecord {
  const described: Record<keyof typeof DEAD_LETTER_HEADERS, string> = {
    originalTopic: record.source.topic,
    originalPartition: String(record.source.partition),
    originalOffset: record.source.offset,
    originalTimestamp: record.timestamp,
    failureType: failure.type,
    failureMessage: scrubFailureMessage(failure.message),
    attempts: String(failure.attempts),
    workflowId,
    redriveCount: redriveCountOf(record),
  };
  const own = Object.entries(DEAD_LETTER_HEADERS).map(
    ([meaning, name]) => [name, Buffer.from(described[meaning as keyof typeof described], 'utf8')] as const,
  );
  const received = record.headers
    .filter(([name]) => !replacedHeaders.has(name))
    .map(([name, value]) => [name, value === null ? null : decodeBytes(value)] as const);
  return {
    topic,
    key: record.key === null ? null : decodeBytes(record.key),
    value: record.value === null ? null : decodeBytes(record.value),
    headers: [...received, ...own, ...(batch === undefined ? [] : batchHeaders(batch))],
  };
}

/**
 * The same for a topic that takes no record as large as the input with its headers: reduced to `dead-letter-*` headers it can be
 * accounted for, and its bytes stay where they say. A record that is refused for ever would hold up what comes after it.
 */
export function toReducedDeadLetterRecord(letter: DeadLetter): OutgoingRecord {
  const { record, failure, topic } = letter;
  const size = String(record.value === null ? 0 : decodeBytes(record.value).length);
  const left = `key, value of ${size} bytes and headers left out: ${topic} takes no record that large`;
  // The reason, which may be as long as it is allowed to be, must not push this out.
  const message = `${scrubFailureMessage(failure.message, MAX_FAILURE_MESSAGE_CHARS - left.length - 3)} (${left})`;
  const reduced = toDeadLetterRecord({
    ...letter,
    failure: { ...failure, message },
    record: { ...record, key: null, value: null, headers: redriveHeadersOf(record) },
  });
  return { ...reduced, headers: [...reduced.headers, [OMITTED_BYTES_HEADER, Buffer.from(size)]] };
}

function batchHeaders({ lastOffset, recordCount, compression }: UnopenedBatch): [name: string, value: Buffer][] {
  const { lastOffset: last, recordCount: count, compression: method } = DEAD_LETTER_BATCH_HEADERS;
  return [
    [last, Buffer.from(lastOffset)],
    [count, Buffer.from(String(recordCount))],
    [method, Buffer.from(compression)],
  ];
}

/** One line of at most 500 characters without control characters: it is shown in terminals and logs. */
export function scrubFailureMessage(text: string, maxChars = MAX_FAILURE_MESSAGE_CHARS): string {
  const oneLine = text.replace(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\s]+/gu, ' ').trim();
  const characters = Array.from(oneLine);
  if (characters.length <= maxChars) return oneLine;
  return `${characters.slice(0, maxChars - 1).join('')}…`;
}

const redriveHeadersOf = ({ headers }: InputRecord) =>
  headers.filter(([name]) => name === DEAD_LETTER_HEADERS.redriveCount);

function redriveCountOf(record: InputRecord): string {
  const carried = record.headers.findLast(([name]) => name === DEAD_LETTER_HEADERS.redriveCount)?.[1];
  const count = carried ? decodeBytes(carried).toString('utf8') : '';
  return REDRIVE_COUNT.test(count) ? count : '0';
}
