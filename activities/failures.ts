import { ApplicationFailure, ApplicationFailureCategory } from '@temporalio/common';
import type { FailureType, MessageFailureType } from '../contracts/failure-types.ts';
import { scrubFailureMessage } from '../contracts/dead-letter-record.ts';
import type { ProviderError, ProviderErrorKind } from '../providers/provider.ts';

/** The only place that builds failures for workflows: what they read is `type`, never a message. */

interface FailureRule {
  readonly type: FailureType;
  /** Whose fault: a message's ends as a dead letter, the world's is waited out. */
  readonly fault: 'message' | 'world';
  /** For the world's: the first delay, doubled with each attempt up to five minutes. */
  readonly firstDelayMs?: number;
}

/** The second step of the translation; the first, from a response to its kind, is `providers/error-table.ts`. */
const PROVIDER_FAILURES: Readonly<Record<ProviderErrorKind, FailureRule>> = {
  'rate-limited': { type: 'Provider.RateLimited', fault: 'world', firstDelayMs: 1_000 },
  overloaded: { type: 'Provider.Overloaded', fault: 'world', firstDelayMs: 2_000 },
  unavailable: { type: 'Provider.Unavailable', fault: 'world', firstDelayMs: 1_000 },
  timeout: { type: 'Provider.Timeout', fault: 'world', firstDelayMs: 1_000 },
  'malformed-response': { type: 'Provider.Unavailable', fault: 'world', firstDelayMs: 1_000 },
  // Systemic: every message meets them until an operator acts, so quick retries only burn requests.
  'quota-exhausted': { type: 'Provider.QuotaExhausted', fault: 'world', firstDelayMs: 60_000 },
  authentication: { type: 'Provider.Authentication', fault: 'world', firstDelayMs: 60_000 },
  'model-not-found': { type: 'Provider.ModelNotFound', fault: 'world', firstDelayMs: 60_000 },
  'bad-request': { type: 'Provider.BadRequest', fault: 'message' },
  'context-length': { type: 'Provider.ContextLength', fault: 'message' },
  'content-filtered': { type: 'Provider.ContentFiltered', fault: 'message' },
  'response-too-large': { type: 'Output.TooLarge', fault: 'message' },
};

export interface AttemptCount {
  /** The activity's attempt, from 1. */
  readonly attempt: number;
  /** Attempts the provider may have billed, this one included. */
  readonly paid: number;
  /** Cap on `paid`. */
  readonly maxPaid: number;
  /** Asked because the first provider could not be: what it dislikes in a message, that one may take. */
  readonly isSubstitute?: boolean;
}

export function providerFailure(error: ProviderError, count: AttemptCount, random: () => number = Math.random) {
  const rule = PROVIDER_FAILURES[error.kind];
  if (rule.fault === 'message' && count.isSubstitute) return sharedCallFailure(error, count.attempt, random);
  if (rule.fault === 'message') return messageFailure(rule.type as MessageFailureType, error.message, count.attempt);
  if (error.maybePaid && count.paid >= count.maxPaid) {
    const message = `${String(count.paid)} calls that may have been paid brought no answer; the last: ${error.message}`;
    return messageFailure('Provider.AttemptsExhausted', message, count.attempt);
  }
  return ApplicationFailure.create({
    type: rule.type,
    message: scrubFailureMessage(error.message),
    nextRetryDelay: retryDelayMs({ ...rule, ...count, retryAfterMs: error.retryAfterMs }, random),
  });
}

/**
 * Whatever the provider disliked, it is not the message's fault: the call was made for many of them, or by another provider than
 * the first one.
 * @param attempt of the activity, from 1.
 */
export function sharedCallFailure(error: ProviderError, attempt: number, random: () => number = Math.random) {
  const { type, fault, firstDelayMs = 1_000 } = PROVIDER_FAILURES[error.kind];
  return ApplicationFailure.create({
    type: fault === 'message' ? 'Provider.Unavailable' : type,
    message: scrubFailureMessage(error.message),
    nextRetryDelay: retryDelayMs({ firstDelayMs, attempt, retryAfterMs: error.retryAfterMs }, random),
  });
}

/** Not a failure but a wait, which as one of these costs no event and holds no slot. */
export function batchRunning(description: string, askAgainInMs: number): ApplicationFailure {
  return ApplicationFailure.create({
    type: 'Provider.BatchRunning' satisfies FailureType,
    message: scrubFailureMessage(description),
    nextRetryDelay: askAgainInMs,
    category: ApplicationFailureCategory.BENIGN,
  });
}

/**
 * Ends the message: the workflow turns it into a dead letter.
 * The message is scrubbed because it quotes foreign text: half a surrogate pair in it would stop the whole worker, whose
 * native core takes only UTF-8.
 * @param attempts made at the provider.
 */
export function messageFailure(type: MessageFailureType, message: string, attempts = 0): ApplicationFailure {
  return ApplicationFailure.create({
    type,
    message: scrubFailureMessage(message),
    nonRetryable: true,
    details: [{ attempts }],
  });
}

/** @param retryInMs default: by the activity's retry policy. */
export function worldFailure(type: FailureType, message: string, retryInMs?: number): ApplicationFailure {
  return ApplicationFailure.create({
    type,
    message: scrubFailureMessage(message),
    ...(retryInMs !== undefined && { nextRetryDelay: retryInMs }),
  });
}

/** A pipeline worker has accepted the message, so this worker is older than that one: a newer one can take it. */
export function unknownToWorker(type: string): ApplicationFailure {
  return worldFailure(
    'Worker.UnknownType',
    `this worker has no processor for type "${type}": is it older than others?`,
  );
}

const MIN_DELAY_MS = 500;
const MAX_DELAY_MS = 300_000;

/**
 * The provider's wish where it has one, exponential backoff where not, always with jitter of ±20 % (Temporal's own retry
 * policy has none) and always within 0.5 s … 5 min: a delay of 0 would end the activity for good.
 */
export function retryDelayMs(
  wanted: { retryAfterMs: number | undefined; firstDelayMs?: number; attempt: number },
  random: () => number = Math.random,
): number {
  const backoff = (wanted.firstDelayMs ?? 1_000) * 2 ** Math.min(wanted.attempt - 1, 20);
  const asked = wanted.retryAfterMs;
  const spread = (ms: number) => ms * (0.8 + 0.4 * random());
  // Jitter only ever lengthens what the provider asked for: coming back too early costs another refusal.
  const delay =
    asked === undefined || !Number.isFinite(asked)
      ? spread(Math.min(backoff, MAX_DELAY_MS / 1.2))
      : asked * (1 + 0.2 * random());
  return Math.round(Math.min(MAX_DELAY_MS, Math.max(MIN_DELAY_MS, delay)));
}
