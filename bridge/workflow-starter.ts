import { isGrpcServiceError, WorkflowExecutionAlreadyStartedError, type Client } from '@temporalio/client';
import { within } from '../lifecycle/within.ts';
import { toStartOptions, type StartRequest } from './start-options.ts';

/** Well under the consumer group's session, and repeated with heartbeats by whoever calls. */
const RPC_TIMEOUT_MS = 5_000;
/** What is large goes to the blob store first, which has four seconds of its own. */
const LARGE_START_TIMEOUT_MS = 9_000;
const INVALID_ARGUMENT = 3;
const RESOURCE_EXHAUSTED = 8;

/**
 * - `started`: a new workflow is durable.
 * - `duplicate`: this message has, or had, its workflow.
 * - `id-conflict`: another message with the same id has.
 * - `too-large`: the server will never take it.
 */
export type StartOutcome = 'started' | 'duplicate' | 'id-conflict' | 'too-large';

/** Starts at most one workflow per message. */
export interface WorkflowStarter {
  /**
   * One try, of at most 14 s.
   * @throws when Temporal did not answer, or said no for a reason that is not this record's. The workflow may have started
   *   all the same; a repeat then finds it.
   */
  start(request: StartRequest): Promise<StartOutcome>;
}

/**
 * @param options.eager in the standalone the first workflow task comes with the answer: one trip through the task queue less. Not for
 * versioned workers: the server would give it to this process's, also when another build is the current one.
 */
export function createWorkflowStarter(
  client: Pick<Client, 'withDeadline' | 'workflow'>,
  { eager }: { eager: boolean },
): WorkflowStarter {
  /** The connection repeats a failed call on its own for about 10 s: the race bounds that, too. */
  const call = <T>(rpc: () => Promise<T>, timeoutMs = RPC_TIMEOUT_MS) =>
    within(
      timeoutMs,
      client.withDeadline(Date.now() + timeoutMs, rpc),
      () => new Error(`Temporal did not answer within ${String(timeoutMs)} ms`),
    );

  return {
    async start(request) {
      try {
        const options = { ...toStartOptions(request), requestEagerStart: eager };
        const start = () => client.workflow.start('processMessage', options);
        await call(start, request.isLarge ? LARGE_START_TIMEOUT_MS : RPC_TIMEOUT_MS);
        return 'started';
      } catch (error) {
        if (isTooLarge(error)) return 'too-large';
        if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
      }
      const existing = await call(() => client.workflow.getHandle(request.workflowId).describe());
      const existingHash = existing.memo?.['contentHash'];
      // A run without the note was started by hand: whether for this message, nobody can tell, and silence could lose it.
      return existingHash === request.contentHash ? 'duplicate' : 'id-conflict';
    },
  };
}

/** The gates before the call keep it far below the server's defaults; a server may have been given lower ones. */
function isTooLarge(error: unknown): boolean {
  const cause = error instanceof Error ? error.cause : undefined;
  if (!isGrpcServiceError(cause)) return false;
  const code: number = cause.code;
  return (
    (code === INVALID_ARGUMENT && /exceeds (?:size )?limit/i.test(cause.details)) ||
    (code === RESOURCE_EXHAUSTED && /larger than max/i.test(cause.details))
  );
}
