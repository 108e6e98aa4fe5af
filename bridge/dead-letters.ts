import type { DeadLetter, UnopenedBatch } from '../contracts/dead-letter-record.ts';
import type { MessageFailureType } from '../contracts/failure-types.ts';
import { publishDeadLetter } from '../kafka/publish-dead-letter.ts';
import type { RecordPublisher } from '../kafka/record-publisher.ts';
import type { SourceRecord } from '../kafka/record-source.ts';
import type { Logger } from '../telemetry/logger.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import type { DependencyState } from '../lifecycle/dependency-state.ts';
import { within } from '../lifecycle/within.ts';
import { MAX_ATTEMPT_MS } from './batch-time.ts';
import { toInputRecord } from './input-record.ts';
import { persist } from './persist.ts';

export interface Refusal {
  readonly type: MessageFailureType;
  readonly reason: string;
  /** The workflow the record has, or would have had. */
  readonly workflowId: string;
  /** Set when the record stands for a batch that could not be opened. */
  readonly batch?: UnopenedBatch;
}

export interface DeadLetters {
  /**
   * Resolves when the record is on the dead-letter topic; only then may its offset be resolved. A topic that does not take it
   * is a fault of the world: it is repeated, and the partition waits.
   * @throws the signal's reason when it aborts first.
   */
  forward(record: SourceRecord, refusal: Refusal, signal: AbortSignal): Promise<void>;
}

export interface DeadLettersDeps {
  readonly publisher: RecordPublisher;
  readonly topic: string;
  readonly state: DependencyState;
  readonly logger: Logger;
  readonly metrics: Metrics['bridge'];
  readonly maxAttemptMs?: number;
}

export function createDeadLetters(deps: DeadLettersDeps): DeadLetters {
  const { publisher, topic, state, logger, metrics, maxAttemptMs = MAX_ATTEMPT_MS } = deps;

  async function write(record: SourceRecord, { type, reason, workflowId, batch }: Refusal): Promise<void> {
    const failure = { type, message: reason, attempts: 0 };
    const input = toInputRecord(record);
    const letter: DeadLetter = { record: input, failure, workflowId, topic, ...(batch === undefined ? {} : { batch }) };
    // The publisher bounds a wait and a sending each; what is late may be written all the same, and once more by the repeat.
    await within(maxAttemptMs, publishDeadLetter(publisher, letter), unanswered);
  }

  const unanswered = () => new Error(`Kafka did not take the dead letter within ${String(maxAttemptMs)} ms`);

  return {
    async forward(record, refusal, signal) {
      await persist({
        attempt: () => write(record, refusal),
        signal,
        onFailure: (error) => {
          state.failed(error);
        },
      });
      state.succeeded();
      metrics.records.inc({ result: 'dead-lettered' });
      metrics.deadLetters.inc({ failure_type: refusal.type });
      const { topic: from, partition, offset } = record;
      logger.warn({ topic: from, partition, offset, failureType: refusal.type }, 'dead letter');
    },
  };
}
