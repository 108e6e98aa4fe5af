import type { Completion, CompletionRequest } from '../contracts/completion.ts';
import type { LimitName, RateLimits } from '../contracts/rate-budget.ts';

/** A language model behind one call. An implementation makes exactly one HTTP request per call: Temporal is the only retrier. */
export interface CompletionProvider {
  /** As results name it, for example `openai`. */
  readonly name: string;
  /**
   * @throws {ProviderError} for every failure, except when `signal` aborted: then whatever the abort reason is.
   */
  complete(request: CompletionRequest, call: CompletionCall): Promise<Completion>;
}

export interface CompletionCall {
  /** Aborting closes the HTTP request. */
  readonly signal: AbortSignal;
  /** Total deadline in milliseconds, from the first byte sent to the last byte read. */
  readonly timeoutMs: number;
  /** Sent to the provider for its support desk to find, for example `<workflow id hash>/<attempt>`. ASCII. */
  readonly requestId: string;
  /** Called when all that the call waits for is there. It goes out when this resolves, and is not made when it rejects. */
  readonly beforeSent?: () => Promise<void>;
  /** Called whenever the call moved: it goes out, response headers came, or more of the body. */
  readonly onProgress?: (progress: CallProgress) => void;
  /** Called when the response's headers name limits of the account, for all its calls together. */
  readonly onRateLimits?: (limits: RateLimits) => void;
  /**
   * Given: an identical request's answer will do, and this call's answer may be given to identical requests. Says whether an
   * answer holds, which is asked before either. Absent: the call is its own.
   */
  readonly shareIf?: (completion: Completion) => boolean;
}

export interface CallProgress {
  /** `waiting`: nothing is sent, for want of tokens, or because an identical request may bring the answer. */
  readonly phase: 'waiting' | 'sent' | 'headers' | 'body';
  readonly bytesReceived: number;
}

/** The closed set of what can go wrong with a provider call; see `error-table.ts` for how responses map to it. */
export const PROVIDER_ERROR_KINDS = [
  'rate-limited',
  'quota-exhausted',
  'overloaded',
  'unavailable',
  'timeout',
  'authentication',
  'model-not-found',
  'bad-request',
  'context-length',
  'content-filtered',
  'response-too-large',
  'malformed-response',
] as const;
export type ProviderErrorKind = (typeof PROVIDER_ERROR_KINDS)[number];

export class ProviderError extends Error {
  readonly kind: ProviderErrorKind;
  /** HTTP status; absent when there was no response. */
  readonly status: number | undefined;
  /** The delay the provider asked for, in milliseconds, unclamped. */
  readonly retryAfterMs: number | undefined;
  /**
   * Whether the provider may have done the work and billed it, so that the call counts towards the cap on paid attempts:
   * a refusal (429, 401, …) is not paid; a timeout or a connection lost after the request was sent may be.
   */
  readonly maybePaid: boolean;
  /** Of a `rate-limited` call: which limit it was, where the provider says so. */
  readonly limit: LimitName | undefined;

  /** @param message scrubbed of secrets and short: it ends up in workflow histories and dead letters. */
  constructor(
    kind: ProviderErrorKind,
    message: string,
    detail: {
      status?: number | undefined;
      retryAfterMs?: number | undefined;
      maybePaid: boolean;
      limit?: LimitName | undefined;
    },
  ) {
    super(message);
    this.name = 'ProviderError';
    this.kind = kind;
    this.status = detail.status;
    this.retryAfterMs = detail.retryAfterMs;
    this.maybePaid = detail.maybePaid;
    this.limit = detail.limit;
  }
}
