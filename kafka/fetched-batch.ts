import type { EachBatchPayload, KafkaMessage, UnreadableBatch as UnreadableRecord } from 'kafkajs';
import { BATCH_TOO_LARGE, hasCode } from './codecs/capped.ts';
import { headersOf } from './record-headers.ts';
import type { BatchPart, RecordHandlers, SourceRecord, UnreadableBatch } from './record-source.ts';

const COMPRESSIONS = ['none', 'gzip', 'snappy', 'lz4', 'zstd'] as const;

/**
 * Hands over what one fetch brought of a partition: readable records, and in their places the batches that could not be opened.
 * What comes after a part that was not done with is left; it is fetched again.
 * @param leave aborted with `PlaceLost` here when a heartbeat fails, and by the session when a join may have given the partition
 *   to another member: nothing is resolved after that. Aborted by the session with another reason when it closes: what completes late
 *   is still this member's, and is resolved.
 */
export async function handFetchedBatch(
  payload: EachBatchPayload,
  handlers: RecordHandlers,
  leave: AbortController,
): Promise<void> {
  const { topic, partition, messages } = payload.batch;
  let resolved: string | undefined;
  let left = messages.length;
  const resolve = (offset: string) => {
    // Late completions of a partition that may belong to another member by now.
    if (leave.signal.aborted && leave.signal.reason instanceof PlaceLost) return;
    resolved = offset;
    payload.resolveOffset(offset);
  };
  const part: BatchPart = { topic, partition, signal: leave.signal, heartbeat: () => heartbeat(payload, leave) };
  for (const messagesOfPart of split(messages)) {
    const last = messagesOfPart.at(-1);
    if (last === undefined || leave.signal.aborted) return;
    left -= messagesOfPart.length;
    if (last.unreadable === undefined) {
      const records = messagesOfPart.map((message) => toSourceRecord(part, message));
      const lag = Number(payload.batch.offsetLag()) + left;
      await handlers.records({ ...part, records, lag, resolve });
      if (resolved !== last.offset) return;
    } else {
      const isPassed = await handlers.unreadable({ ...part, ...describe(last.unreadable, last.timestamp) });
      if (!isPassed) return;
      resolve(last.offset);
    }
  }
}

/** Why a batch is left: what it still completes may no longer be this member's to resolve. */
export class PlaceLost extends Error {}

async function heartbeat(payload: EachBatchPayload, leave: AbortController): Promise<void> {
  try {
    await payload.heartbeat();
    await payload.commitOffsetsIfNecessary();
  } catch (error) {
    leave.abort(new PlaceLost('This member has lost its place in the group', { cause: error }));
    throw error;
  }
}

/** Runs of readable records, and each batch that is not alone. */
function split(messages: readonly KafkaMessage[]): KafkaMessage[][] {
  const parts: KafkaMessage[][] = [];
  for (const message of messages) {
    const last = parts.at(-1);
    const joins = message.unreadable === undefined && last?.at(-1)?.unreadable === undefined;
    if (joins && last !== undefined) last.push(message);
    else parts.push([message]);
  }
  return parts;
}

function toSourceRecord({ topic, partition }: BatchPart, message: KafkaMessage): SourceRecord {
  const { offset, timestamp, key, value } = message;
  return { topic, partition, offset, timestamp, key, value, headers: headersOf(message) };
}

type Description = Omit<UnreadableBatch, keyof BatchPart>;

function describe(
  { error, compression, firstOffset, lastOffset, recordCount, bytes }: UnreadableRecord,
  timestamp: string,
): Description {
  return {
    ...{ firstOffset, lastOffset, recordCount, timestamp, bytes },
    compression: COMPRESSIONS[compression] ?? 'unknown',
    reason: hasCode(error, BATCH_TOO_LARGE) ? 'too-large' : 'damaged',
    detail: error instanceof Error ? error.message : String(error),
  };
}
