import { ProviderError, type ProviderErrorKind } from './provider.ts';
import { retryAfterMs } from './retry-after.ts';
import { scrub } from './scrub.ts';
import type { TransportFault } from './transport-fault.ts';

/** What is known of a failed call, in no library's words. */
export interface FailureFacts {
  /** Why there was no whole response; absent when there was one. */
  readonly fault?: TransportFault | undefined;
  readonly status?: number | undefined;
  /** `error.code` and `error.type` of the body, where it has them. */
  readonly code?: string | undefined;
  readonly type?: string | undefined;
  /** Unscrubbed. */
  readonly message: string;
  readonly headers?: Headers | undefined;
}

/** Every condition that is present has to hold. `code` matches the body's `code` or `type`: providers mix them up. */
interface Row {
  readonly fault?: TransportFault;
  readonly status?: readonly (number | typeof IN_A_200)[] | { readonly from: number; readonly to: number };
  readonly code?: RegExp;
  readonly message?: RegExp;
  readonly kind: ProviderErrorKind;
  /** The provider may have done the work. A refusal or a failure it reports itself is not billed. */
  readonly maybePaid?: true;
}

/** An error inside a 200, without a number that would stand for the status: only its code can be trusted. */
const IN_A_200 = undefined;
const CONTENT_REQUEST = [400, 413, 422];

/**
 * The first row that matches decides, so the particular comes before the general. Codes are OpenAI's unless named; the
 * messages are those of servers that send no code.
 */
const ROWS: readonly Row[] = [
  { fault: 'deadline', kind: 'timeout', maybePaid: true },
  { fault: 'never-connected', kind: 'unavailable' },
  { fault: 'connection-lost', kind: 'unavailable', maybePaid: true },
  { fault: 'redirected', kind: 'unavailable' },
  { fault: 'body-too-large', kind: 'response-too-large', maybePaid: true },
  { fault: 'malformed-body', kind: 'malformed-response', maybePaid: true },
  { fault: 'unknown', kind: 'unavailable', maybePaid: true },

  {
    code: /^(?:insufficient_quota|credit_balance_exhausted|billing_(?:not_active|hard_limit_reached)|(?:organization|project)_(?:spend|usage)_limit_exceeded)$/,
    kind: 'quota-exhausted',
  },
  { status: [402], kind: 'quota-exhausted' }, // DeepSeek, OpenRouter
  { code: /^(?:model_not_found|DeploymentNotFound)$/, kind: 'model-not-found' }, // OpenAI with 404 or 403; Azure

  // More tokens in one request than the account may use in a minute: OpenAI with 429, Groq with 413. Waiting cannot help.
  { status: [413, 429], message: /request too large/i, kind: 'context-length' },
  {
    status: [408, 409, 425, 429, 498, 500, 502, 503, 529, IN_A_200],
    code: /^(?:slow_down|server_is_overloaded|engine_overloaded|overloaded_error|capacity_exceeded|resource_unavailable)$/,
    kind: 'overloaded',
  },
  { status: [498, 529], kind: 'overloaded' }, // Groq; Anthropic
  { status: [429, 503], message: /overloaded|at capacity|server busy|resource unavailable/i, kind: 'overloaded' }, // Ollama; flex tier
  { status: [429], kind: 'rate-limited' },
  { status: [IN_A_200], code: /^rate_limit_exceeded$/, kind: 'rate-limited' },

  { status: [403], message: /\b(?:flagged|moderation)\b/i, kind: 'content-filtered' }, // OpenRouter: this message, not our key
  { status: [401, 403, 407], kind: 'authentication' },
  { status: [IN_A_200], code: /^invalid_api_key$/, kind: 'authentication' },
  { status: [404, 405, 410], kind: 'model-not-found' }, // or the base URL is wrong: the same for every message

  { status: [504, 524], kind: 'timeout', maybePaid: true }, // a gateway gave up waiting for work that was under way
  { status: { from: 500, to: 599 }, kind: 'unavailable' },
  { status: [408, 409, 425], kind: 'unavailable' },
  { status: [IN_A_200], code: /^server_error$/, kind: 'unavailable' },

  {
    status: [...CONTENT_REQUEST, IN_A_200],
    code: /^(?:context_length_exceeded|string_above_max_length|exceed_context_size_error)$/,
    kind: 'context-length',
  },
  {
    status: CONTENT_REQUEST,
    message:
      /maximum (?:context|model) length|context (?:length|window|size)|(?:prompt|input) is too long|reduce the length|longer than the (?:maximum|model)/i,
    kind: 'context-length', // vLLM, llama.cpp, LM Studio
  },
  {
    status: [...CONTENT_REQUEST, IN_A_200],
    code: /^(?:content_filter|content_policy_violation|invalid_prompt|ResponsibleAIPolicyViolation)$/,
    kind: 'content-filtered',
  },
  {
    status: CONTENT_REQUEST,
    message: /content management policy|content filter|safety system/i,
    kind: 'content-filtered',
  },
  { status: [413], kind: 'context-length' },
  {
    status: [400],
    message: /invalid model|not a valid model|model [^.]{0,200}(?:not found|does not exist)/i,
    kind: 'model-not-found',
  }, // LiteLLM, OpenRouter

  { status: { from: 400, to: 499 }, kind: 'bad-request' },
];

/** What nobody foresaw is the world's fault, and may have cost money. */
const UNFORESEEN: Row = { kind: 'unavailable', maybePaid: true };

/**
 * Translates a failed call, once and for all: whoever comes after reads `kind`.
 * @param options.secret the API key, kept out of the message. `now`: milliseconds since the epoch, for dates in headers.
 */
export function toProviderError(
  facts: FailureFacts,
  options: { secret?: string | undefined; now: number },
): ProviderError {
  const { kind, maybePaid = false } = ROWS.find((row) => matches(row, facts)) ?? UNFORESEEN;
  const limit = exhaustedLimit(facts);
  const status = facts.status === undefined ? '' : `HTTP ${String(facts.status)}: `;
  return new ProviderError(kind, scrub(`${status}${facts.message}`, options.secret), {
    status: facts.status,
    maybePaid,
    retryAfterMs: facts.headers && retryAfterMs({ headers: facts.headers, limit, now: options.now }),
    limit: limit && LIMITS[limit],
  });
}

function matches(row: Row, facts: FailureFacts): boolean {
  return (
    (row.fault === undefined || row.fault === facts.fault) &&
    (row.status === undefined || holdsStatus(row.status, facts.status)) &&
    (row.code === undefined || row.code.test(facts.code ?? '') || row.code.test(facts.type ?? '')) &&
    (row.message === undefined || row.message.test(facts.message))
  );
}

function holdsStatus(expected: NonNullable<Row['status']>, status: number | undefined): boolean {
  if (!('from' in expected)) return expected.includes(status);
  return status !== undefined && status >= expected.from && status <= expected.to;
}

const LIMITS = { requests: 'requestsPerMinute', tokens: 'tokensPerMinute' } as const;

/** OpenAI's 429 names the exhausted limit as the error's type; others say it in words. */
function exhaustedLimit({ status, type, message }: FailureFacts): keyof typeof LIMITS | undefined {
  if (status !== 429) return undefined;
  if (type === 'requests' || type === 'tokens') return type;
  if (/tokens? per min|\bTPM\b/i.test(message)) return 'tokens';
  return /requests? per min|\bRPM\b/i.test(message) ? 'requests' : undefined;
}
