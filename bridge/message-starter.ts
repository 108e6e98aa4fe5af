import { createHash } from 'node:crypto';
import { BlobStoreError } from '../blobs/blob-store.ts';
import { workflowIdOf } from '../contracts/message-id.ts';
import type { ProcessMessageInput } from '../contracts/pipeline.ts';
import type { SourceRecord } from '../kafka/record-source.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import type { Backpressure, StartEnd } from './backpressure.ts';
import type { DeadLetters } from './dead-letters.ts';
import type { DecodedRecord } from './decode-record.ts';
import type { DependencyState } from '../lifecycle/dependency-state.ts';
import { toInputRecord } from './input-record.ts';
import { becomesBlob } from './input-size.ts';
import { persist } from './persist.ts';
import type { StartRequest } from './start-options.ts';
import type { StartOutcome, WorkflowStarter } from './workflow-starter.ts';

export type DecodedMessage = Extract<DecodedRecord, { kind: 'message' }>;

/**
 * Resolves when the message is safe: in a workflow, or, when its id belongs to another message, on the dead-letter topic. The
 * right to start has been taken from `backpressure` before, and is settled here.
 * @throws the signal's reason when it aborts first.
 */
export type StartMessage = (record: SourceRecord, message: DecodedMessage, signal: AbortSignal) => Promise<void>;

export interface MessageStarterDeps {
  readonly starter: WorkflowStarter;
  readonly deadLetters: DeadLetters;
  readonly backpressure: Pick<Backpressure, 'settle'>;
  readonly states: Readonly<Record<'temporal' | 'blobStore', DependencyState>>;
  readonly metrics: Metrics['bridge'];
  readonly publishMode: 'local' | 'remote';
}

export function createMessageStarter(deps: MessageStarterDeps): StartMessage {
  const { starter, deadLetters, backpressure, states, metrics, publishMode } = deps;

  async function startWorkflow(request: StartRequest, signal: AbortSignal): Promise<StartOutcome> {
    const endTimer = metrics.startSeconds.startTimer();
    let end: StartEnd = 'unknown';
    let failures = 0;
    try {
      const outcome = await persist({
        attempt: () => starter.start(request),
        signal,
        onFailure: (error) => {
          failures += 1;
          metrics.startRetries.inc();
          (error instanceof BlobStoreError ? states.blobStore : states.temporal).failed(error);
        },
      });
      states.temporal.succeeded();
      // What is no blob says nothing about their store.
      if (request.isLarge) states.blobStore.succeeded();
      // What a repeat finds was probably opened by a start whose answer was lost.
      end = outcome === 'started' || (outcome === 'duplicate' && failures > 0) ? 'opened' : 'not-opened';
      return outcome;
    } finally {
      endTimer();
      backpressure.settle(end, request.workflowId);
    }
  }

  return async (record, message, signal) => {
    const request = toStartRequest({ record, message, publishMode });
    const { workflowId } = request;
    const outcome = await startWorkflow(request, signal);
    if (outcome === 'id-conflict') {
      const reason = 'Another message with the same id and other content has been accepted before';
      await deadLetters.forward(record, { type: 'Message.IdConflict', reason, workflowId }, signal);
    } else if (outcome === 'too-large') {
      const reason = 'Temporal takes no message this large';
      await deadLetters.forward(record, { type: 'Message.TooLarge', reason, workflowId }, signal);
    } else metrics.records.inc({ result: outcome });
  };
}

function toStartRequest({
  record,
  message,
  publishMode,
}: {
  record: SourceRecord;
  message: DecodedMessage;
  publishMode: 'local' | 'remote';
}): StartRequest {
  const travelling = toInputRecord(record);
  const workflowId = workflowIdOf(travelling.source, message.id);
  const input: ProcessMessageInput = {
    id: message.id ?? workflowId,
    record: travelling,
    ...(publishMode === 'remote' ? { publish: publishMode } : {}),
  };
  const contentHash = createHash('sha256').update(record.value ?? '');
  // Without an id the coordinates are the message's name, and a topic that is made anew gives them away a second time.
  if (message.id === undefined) contentHash.update(record.timestamp);
  return {
    ...{ workflowId, input, isLarge: becomesBlob(input) },
    ...{ routing: message.routing, contentHash: contentHash.digest('hex') },
  };
}
