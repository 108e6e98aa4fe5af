import { workflowIdOf } from '../contracts/message-id.ts';
import type { BatchHandler, RecordBatch, SourceRecord } from '../kafka/record-source.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import type { Backpressure } from './backpressure.ts';
import { waitWithHeartbeats } from './batch-heartbeat.ts';
import { MAX_BATCH_MS } from './batch-time.ts';
import type { DeadLetters } from './dead-letters.ts';
import { decodeRecord, type DecodedRecord } from './decode-record.ts';
import type { StartMessage } from './message-starter.ts';
import { createWatermark } from './watermark.ts';

/** Times the partitions the source hands over at once (4): what Temporal sees from one bridge. */
const MAX_CONCURRENT_RECORDS = 8;

export interface BatchHandlerDeps {
  readonly startMessage: StartMessage;
  readonly deadLetters: DeadLetters;
  readonly backpressure: Pick<Backpressure, 'tryTake'>;
  readonly metrics: Metrics['bridge'];
  /** Larger values are refused. */
  readonly maxRecordBytes: number;
  readonly maxBatchMs?: number;
}

/**
 * One batch, in the order of the promises: a record is decoded, made durable (a workflow, or a dead letter), and only then
 * resolved, together with nothing that has an unfinished record before it.
 */
export function createBatchHandler(deps: BatchHandlerDeps): BatchHandler {
  return async (batch) => {
    const { metrics, maxBatchMs = MAX_BATCH_MS } = deps;
    metrics.lag.set({ topic: batch.topic, partition: batch.partition }, batch.lag + batch.records.length);
    const leave = new AbortController();
    const abort = () => {
      leave.abort(new Error('The batch was left'));
    };
    const timer = setTimeout(abort, maxBatchMs);
    batch.signal.addEventListener('abort', abort, { once: true });
    if (batch.signal.aborted) abort();
    const running = new Set<Promise<void>>();
    try {
      const left = await handRecords({ batch, running, leave }, deps);
      metrics.lag.set({ topic: batch.topic, partition: batch.partition }, batch.lag + left);
    } finally {
      // Nothing of a batch may go on behind the back of the next one.
      abort();
      await Promise.all(running);
      clearTimeout(timer);
      batch.signal.removeEventListener('abort', abort);
    }
  };
}

interface Work {
  readonly batch: RecordBatch;
  readonly running: Set<Promise<void>>;
  /** Aborted from outside, or here by the first record that fails. */
  readonly leave: AbortController;
}

/**
 * @returns how many records were not done.
 * @throws the first failure that is not the leaving of the batch, after what ran beside it has ended: the source then waits
 *   before it hands the batch over again.
 */
async function handRecords({ batch, running, leave }: Work, deps: BatchHandlerDeps): Promise<number> {
  const watermark = createWatermark(batch.records.map((record) => record.offset));
  const wait = waitWithHeartbeats(batch);
  const failures: unknown[] = [];
  const lastOfId = new Map<string, Promise<unknown>>();
  for (const [index, record] of batch.records.entries()) {
    const decoded = decodeRecord(record, deps.maxRecordBytes);
    const id = decoded.kind === 'message' ? decoded.id : undefined;
    // Of two messages with one id the first in the log is the message; started together, either could be.
    const sameId = id === undefined ? undefined : lastOfId.get(id);
    if (sameId !== undefined) await wait(sameId);
    if (leave.signal.aborted) break;
    const durable = makeDurable({ record, decoded, signal: leave.signal }, deps);
    if (durable === undefined) break;
    const handled = durable
      .then(() => {
        const offset = watermark.complete(index);
        if (offset !== undefined) batch.resolve(offset);
      })
      .catch((error: unknown) => {
        // Nothing after this record can be resolved, so nothing more is begun.
        if (!leave.signal.aborted) failures.push(error);
        leave.abort(error);
      })
      .finally(() => running.delete(handled));
    running.add(handled);
    if (id !== undefined) lastOfId.set(id, handled);
    while (running.size >= MAX_CONCURRENT_RECORDS) await wait(Promise.race(running));
  }
  await wait(Promise.all(running));
  if (failures.length > 0) throw failures[0];
  return batch.records.length - watermark.completed;
}

interface Decoded {
  readonly record: SourceRecord;
  readonly decoded: DecodedRecord;
  readonly signal: AbortSignal;
}

/** `undefined`: no more workflows may be opened now; the source is paused, and the record comes again. */
function makeDurable({ record, decoded, signal }: Decoded, deps: BatchHandlerDeps): Promise<void> | undefined {
  if (decoded.kind === 'refused') {
    const { topic, partition, offset } = record;
    const workflowId = workflowIdOf({ topic, partition, offset }, undefined);
    return deps.deadLetters.forward(record, { ...decoded, workflowId }, signal);
  }
  if (!deps.backpressure.tryTake()) return undefined;
  return deps.startMessage(record, decoded, signal);
}
