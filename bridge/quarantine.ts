import type { MessageFailureType } from '../contracts/failure-types.ts';
import { workflowIdOf } from '../contracts/message-id.ts';
import type { UnreadableBatch, UnreadableHandler } from '../kafka/record-source.ts';
import type { Logger } from '../telemetry/logger.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import { waitWithHeartbeats } from './batch-heartbeat.ts';
import { MAX_BATCH_MS } from './batch-time.ts';
import type { DeadLetters } from './dead-letters.ts';

export interface QuarantineDeps {
  readonly deadLetters: DeadLetters;
  readonly metrics: Metrics['bridge'];
  readonly logger: Logger;
  readonly maxBatchMs?: number;
}

/** A batch that cannot be opened becomes one dead letter with its bytes; only then its range is passed. */
export function createQuarantine(deps: QuarantineDeps): UnreadableHandler {
  const { deadLetters, metrics, logger, maxBatchMs = MAX_BATCH_MS } = deps;
  return async (batch) => {
    const { topic, partition, firstOffset, lastOffset, recordCount, timestamp, bytes, compression } = batch;
    const type: MessageFailureType = batch.reason === 'too-large' ? 'Message.TooLarge' : 'Message.Unreadable';
    const record = { topic, partition, offset: firstOffset, timestamp, key: null, value: bytes, headers: [] };
    const workflowId = workflowIdOf(record, undefined);
    const refusal = { type, reason: describe(batch), workflowId, batch: { lastOffset, recordCount, compression } };
    const signal = AbortSignal.any([batch.signal, AbortSignal.timeout(maxBatchMs)]);
    const isWritten = deadLetters.forward(record, refusal, signal).then(
      () => true,
      (error: unknown) => {
        if (!signal.aborted) throw error;
        return false;
      },
    );
    await waitWithHeartbeats(batch)(isWritten);
    if (!(await isWritten)) return false;
    metrics.quarantinedRecords.inc({ failure_type: type }, recordCount);
    const place = { topic, partition, firstOffset, lastOffset, recordCount };
    logger.error(
      { ...place, failureType: type, detail: batch.detail },
      'a batch that cannot be opened was quarantined',
    );
    return true;
  };
}

function describe({ recordCount, firstOffset, lastOffset, detail }: UnreadableBatch): string {
  return `A batch of ${String(recordCount)} records (offsets ${firstOffset} to ${lastOffset}) cannot be opened: ${detail}`;
}
