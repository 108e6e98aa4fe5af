import { Context } from '@temporalio/activity';
import type { CompleteInput, TooLong } from '../contracts/pipeline.ts';
import type { LongMessageCalls, LongMessageOrder } from '../providers/long-message-calls.ts';
import { ProviderError } from '../providers/provider.ts';
import type { ProviderCall } from '../providers/provider-call.ts';
import { sharedCallFailure, worldFailure } from './failures.ts';
import { withHeartbeat } from './heartbeat.ts';
import { countsBefore } from './paid-attempts.ts';

/** Where a message goes that this provider finds too long. `undefined`: that was not what it found, or there is nobody to ask. */
export function tooLongFor(
  provider: string,
  { kind }: ProviderError,
  longMessages: LongMessageOrder | undefined,
): Pick<TooLong, 'kind' | 'next'> | undefined {
  const next = kind === 'context-length' ? longMessages?.after(provider) : undefined;
  return next === undefined ? undefined : { kind: 'too-long', next };
}

/** A slot is held meanwhile; `completeWithin` of the workflow allows for it. */
const LONGEST_WAIT_MS = 30_000;

/**
 * The call that the message is to make: the slot's own, or, when it is too long for those asked so far, one of the provider that
 * is next. That one's permit is waited for here, because the slot's was asked for before anybody knew the message.
 */
export async function callFor(
  input: CompleteInput,
  slot: ProviderCall,
  longMessages: LongMessageCalls | undefined,
): Promise<ProviderCall> {
  // Asked again, it is no shorter than before.
  const provider = input.provider ?? input.rejected?.provider;
  // Taken out of the list meanwhile, it is asked for no longer.
  if (provider === undefined || longMessages === undefined || !longMessages.has(provider)) return slot;
  const counts = countsBefore(input);
  slot.forgo();
  const tooLate = AbortSignal.timeout(LONGEST_WAIT_MS);
  try {
    return await withHeartbeat(
      {
        idleLimitMs: 2 * LONGEST_WAIT_MS,
        details: () => ({ phase: 'waiting', bytesReceived: 0, ...counts }),
      },
      () => longMessages.take(provider, AbortSignal.any([Context.current().cancellationSignal, tooLate])),
    );
  } catch (error) {
    if (error instanceof ProviderError) throw sharedCallFailure(error, Context.current().info.attempt);
    if (error !== tooLate.reason) throw error;
    throw worldFailure('Provider.Unavailable', `no permit for ${provider} within ${String(LONGEST_WAIT_MS)} ms`);
  }
}
