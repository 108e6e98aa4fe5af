import { ApplicationFailure } from '@temporalio/common';
import { createAccounts } from '../../accounting/create-accounts.ts';
import { createComplete, type CompleteDeps } from '../../activities/complete.ts';
import { pricesSchema } from '../../config/prices.ts';
import type { Completion, CompletionRequest } from '../../contracts/completion.ts';
import type { CompleteInput, CompleteResult, RejectedAnswer } from '../../contracts/pipeline.ts';
import { createProcessorRegistry } from '../../processors/registry.ts';
import { ProviderError, type CompletionCall, type CompletionProvider } from '../../providers/provider.ts';
import { createLogger } from '../../telemetry/logger.ts';
import { createMetrics } from '../../telemetry/metrics.ts';
import { activityEnvironment } from './activity-environment.ts';
import { callsOf } from './provider-calls.ts';

/** The activity `complete` as its unit tests build it, and what they ask it with. */

export const request: CompletionRequest = {
  messages: [{ role: 'user', content: 'Spam or ham?' }],
  maxOutputTokens: 50,
  responseFormat: {
    name: 'classification',
    schema: {
      type: 'object',
      properties: { label: { type: 'string', enum: ['spam', 'ham'] } },
      required: ['label'],
      additionalProperties: false,
    },
  },
};
export const input: CompleteInput = { type: 'classify', request };

export function completion(text: string, overrides: Partial<Completion> = {}): Completion {
  return { text, finishReason: 'stop', model: 'm-1', usage: { inputTokens: 11, outputTokens: 4 }, ...overrides };
}

/** A provider that answers from a list, and fails loudly when it runs out; it records what it was asked. */
export function scripted(...answers: (Completion | ProviderError)[]) {
  const asked: { request: CompletionRequest; call: CompletionCall }[] = [];
  const provider: CompletionProvider = {
    name: 'scripted',
    complete: (asking, call) => {
      asked.push({ request: asking, call });
      const answer = answers[asked.length - 1];
      if (answer === undefined) throw new Error('the script has no more answers');
      return answer instanceof ProviderError ? Promise.reject(answer) : Promise.resolve(answer);
    },
  };
  return { provider, asked };
}

const prices = pricesSchema.parse({ currency: 'USD', models: { 'm-1': { input: 1, output: 10 } } });

export function activity(provider: CompletionProvider, more: Partial<CompleteDeps> = {}) {
  const metrics = createMetrics().llm;
  const accounts = createAccounts({
    ...{ prices, askedModel: () => 'm', estimateTokens: () => 150, metrics },
    logger: createLogger('silent'),
  });
  return {
    metrics,
    complete: createComplete({
      calls: callsOf(provider),
      registry: createProcessorRegistry(),
      accounts,
      confirmedHeartbeat: () => Promise.resolve(true),
      maxAttempts: 3,
      timeoutMs: 1_000,
      ...more,
    }),
  };
}

export async function rejectedBy(complete: ReturnType<typeof createComplete>): Promise<RejectedAnswer> {
  const result = await activityEnvironment().run<[CompleteInput], CompleteResult, typeof complete>(complete, input);
  if (result.kind !== 'rejected') throw new Error('expected the first answer to be rejected');
  return result;
}

export async function failureOf(run: Promise<unknown>): Promise<ApplicationFailure> {
  const error = await run.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof ApplicationFailure)) throw new Error(`expected an ApplicationFailure, got ${String(error)}`);
  return error;
}
