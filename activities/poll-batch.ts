import { Context } from '@temporalio/activity';
import type { ProviderBatchInput } from '../contracts/batch.ts';
import type { BatchProvider } from '../providers/batch-provider.ts';
import { ProviderError } from '../providers/provider.ts';
import { batchRunning, sharedCallFailure } from './failures.ts';

const FIRST_DELAY_MS = 5_000;
const GROWTH = 1.5;

/**
 * Asks the provider whether the batch has ended. Until then every attempt fails, and Temporal's retry is the wait: a day of it
 * costs no event.
 * @param deps.maxIntervalMs the wait grows up to it.
 */
export function createPollBatch({ provider, maxIntervalMs }: { provider: BatchProvider; maxIntervalMs: number }) {
  return async function pollBatch({ batchId }: ProviderBatchInput): Promise<{ description: string }> {
    const { info, cancellationSignal } = Context.current();
    try {
      const { hasEnded, description } = await provider.state(batchId, cancellationSignal);
      if (hasEnded) return { description };
      throw batchRunning(description, pollDelayMs(info.attempt, maxIntervalMs));
    } catch (error) {
      if (error instanceof ProviderError) throw sharedCallFailure(error, info.attempt);
      throw error;
    }
  };
}

/** @param attempt from 1. */
export function pollDelayMs(attempt: number, maxIntervalMs: number): number {
  return Math.min(maxIntervalMs, Math.round(FIRST_DELAY_MS * GROWTH ** Math.min(attempt - 1, 50)));
}
