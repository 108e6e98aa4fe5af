import { Context } from '@temporalio/activity';
import type { Completion, CompletionRequest, TokenUsage } from '../contracts/completion.ts';
import { MAX_OUTPUT_BYTES } from '../contracts/limits.ts';
import type { Answered, CompleteInput, CompleteResult } from '../contracts/pipeline.ts';
import { RejectedAnswerError } from '../processors/processor.ts';
import type { ProcessorRegistry } from '../processors/registry.ts';
import { ProviderError, type CompletionProvider } from '../providers/provider.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import { messageFailure, providerFailure } from './failures.ts';
import { withHeartbeat, type CallHeartbeat } from './heartbeat.ts';
import { processorOf } from './validate.ts';

export interface CompleteDeps {
  provider: CompletionProvider;
  registry: ProcessorRegistry;
  metrics: Metrics['llm'];
  /** Cap on calls that may have been paid for one message. */
  maxAttempts: number;
  /** Total deadline of a call, in milliseconds. */
  timeoutMs: number;
}

/**
 * One call to the provider: exactly one HTTP request per attempt, closed when the workflow is cancelled.
 * An answer that does not hold comes back as `rejected`; asked with one, the next answer has to hold.
 */
export function createComplete(deps: CompleteDeps) {
  return async function complete(input: CompleteInput): Promise<CompleteResult> {
    const processor = processorOf(deps.registry, input.type);
    const request = requestOf(input);
    const completion = await callProvider(deps, request);
    const answered = account(deps.provider, completion, input);
    if (completion.refusal !== undefined)
      throw messageFailure('Provider.Refused', completion.refusal, answered.attempts);
    if (completion.finishReason === 'content_filter') {
      throw messageFailure('Provider.ContentFiltered', 'the provider filtered the answer', answered.attempts);
    }
    if (completion.finishReason === 'length') {
      const problem = `the answer was cut at ${String(request.maxOutputTokens)} tokens`;
      return reject({ answered, reason: 'truncated', text: completion.text, problem }, input);
    }
    try {
      const output = processor.finish(completion.text, request);
      if (Buffer.byteLength(JSON.stringify(output)) > MAX_OUTPUT_BYTES) {
        throw messageFailure(
          'Output.TooLarge',
          `the output is above ${String(MAX_OUTPUT_BYTES)} bytes`,
          answered.attempts,
        );
      }
      return { kind: 'output', output, ...answered };
    } catch (error) {
      if (!(error instanceof RejectedAnswerError)) throw error;
      return reject({ answered, reason: 'invalid', text: completion.text, problem: error.message }, input);
    }
  };
}

/** The request as prepared, or, for the one re-ask, with what was wrong about the first answer. */
function requestOf({ request, rejected }: CompleteInput): CompletionRequest {
  if (rejected === undefined) return request;
  if (rejected.reason === 'truncated') return { ...request, maxOutputTokens: request.maxOutputTokens * 2 };
  return {
    ...request,
    messages: [
      ...request.messages,
      { role: 'assistant', content: rejected.text },
      {
        role: 'user',
        content: `That answer cannot be used: ${rejected.problem}\nAnswer again, corrected, and nothing else.`,
      },
    ],
  };
}

async function callProvider(deps: CompleteDeps, request: CompletionRequest): Promise<Completion> {
  const { provider, metrics, timeoutMs } = deps;
  const { info, cancellationSignal: signal } = Context.current();
  const paidBefore = paidAttemptsSoFar(info.heartbeatDetails);
  let position: Pick<CallHeartbeat, 'phase' | 'bytesReceived'> = { phase: 'sent', bytesReceived: 0 };
  const observe = metrics.callSeconds.startTimer({ provider: provider.name });
  metrics.inFlight.inc();
  try {
    const completion = await withHeartbeat(
      // While the deadline has not passed, silence is what a provider that answers in one piece sounds like.
      { idleLimitMs: timeoutMs, details: () => ({ ...position, paidAttempts: paidBefore + 1 }) },
      () =>
        provider.complete(request, {
          signal,
          timeoutMs,
          requestId: `${info.workflowExecution?.runId ?? info.activityId}-${String(info.attempt)}`,
          onProgress: (progress) => (position = progress),
        }),
    );
    metrics.calls.inc({ provider: provider.name, outcome: 'ok' });
    metrics.tokens.inc({ provider: provider.name, direction: 'input' }, completion.usage.inputTokens);
    metrics.tokens.inc({ provider: provider.name, direction: 'output' }, completion.usage.outputTokens);
    return completion;
  } catch (error) {
    metrics.calls.inc({ provider: provider.name, outcome: error instanceof ProviderError ? error.kind : 'cancelled' });
    if (!(error instanceof ProviderError)) throw error;
    if (error.maybePaid) metrics.unknownOutcomes.inc({ provider: provider.name });
    const paid = paidBefore + (error.maybePaid ? 1 : 0);
    // The count has to outlive this attempt; a heartbeat's details are what Temporal hands to the next one.
    if (paid > 0) Context.current().heartbeat({ ...position, paidAttempts: paid } satisfies CallHeartbeat);
    throw providerFailure(error, { attempt: info.attempt, paid, maxPaid: deps.maxAttempts });
  } finally {
    observe();
    metrics.inFlight.dec();
  }
}

function paidAttemptsSoFar(heartbeatDetails: unknown): number {
  const details = heartbeatDetails as Partial<CallHeartbeat> | undefined | null;
  return typeof details?.paidAttempts === 'number' ? details.paidAttempts : 0;
}

function account(provider: CompletionProvider, { model, usage }: Completion, { rejected }: CompleteInput): Answered {
  return {
    model,
    provider: provider.name,
    usage: rejected === undefined ? usage : sum(rejected.usage, usage),
    attempts: Context.current().info.attempt + (rejected?.attempts ?? 0),
  };
}

function sum(a: TokenUsage, b: TokenUsage): TokenUsage {
  return { inputTokens: a.inputTokens + b.inputTokens, outputTokens: a.outputTokens + b.outputTokens };
}

/** The first answer that does not hold goes back to the workflow to be asked again; the second ends the message. */
function reject(
  answer: { answered: Answered; reason: 'truncated' | 'invalid'; text: string; problem: string },
  input: CompleteInput,
): CompleteResult {
  const { answered, reason, text, problem } = answer;
  if (input.rejected === undefined) return { kind: 'rejected', reason, text, problem, ...answered };
  const type = reason === 'truncated' ? 'Output.Truncated' : 'Output.Invalid';
  throw messageFailure(type, `also after asking again: ${problem}`, answered.attempts);
}
