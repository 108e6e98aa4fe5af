import { Context } from '@temporalio/activity';
import type { ProviderBatchInput } from '../contracts/batch.ts';
import type { BatchProvider } from '../providers/batch-provider.ts';
import { ProviderError } from '../providers/provider.ts';
import { sharedCallFailure } from './failures.ts';

/** Asks the provider to end a batch that nobody waits for. */
export function createCancelBatch({ provider }: { provider: BatchProvider }) {
  return async function cancelBatch({ batchId }: ProviderBatchInput): Promise<void> {
    const { info, cancellationSignal } = Context.current();
    try {
      await provider.cancel(batchId, cancellationSignal);
    } catch (error) {
      if (error instanceof ProviderError) throw sharedCallFailure(error, info.attempt);
      throw error;
    }
  };
}
