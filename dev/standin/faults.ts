/** What a directive or the error mix can make of a call, as data. The names are what people write in samples and tests. */

export interface OpenAiError {
  readonly message: string;
  readonly type: string;
  readonly param: string | null;
  /** vLLM gives the status as a number here. */
  readonly code: string | number | null;
}

export type Effect =
  | { readonly kind: 'error'; readonly status: number; readonly error: OpenAiError }
  | { readonly kind: 'echo-key'; readonly status: number }
  | { readonly kind: 'echo-key-in-refusal' }
  | { readonly kind: 'refusal' | 'length' | 'content-filter' | 'invalid-json' }
  | { readonly kind: 'hang' | 'reset' | 'stall-body' | 'cut-body' | 'huge-body' };

export interface Fault {
  readonly effect: Effect;
  /** Lasting faults hit every call with the prompt, the others only the first; `times=N` overrides either. */
  readonly lasting: boolean;
}

const error = (
  status: number,
  type: string,
  detail: { message: string; code?: string | number; param?: string },
): Effect => ({
  kind: 'error',
  status,
  error: { message: detail.message, type, param: detail.param ?? null, code: detail.code ?? null },
});
const passing = (effect: Effect): Fault => ({ effect, lasting: false });
const lasting = (effect: Effect): Fault => ({ effect, lasting: true });

const serverError = 'The server had an error while processing your request. Sorry about that!';
const overloaded = 'The engine is currently overloaded, please try again later.';
const tooLong = "This model's maximum context length is 128000 tokens. Please reduce the length of the messages.";

/** What OpenAI, or the server that is named, answers to a request. */
const ERRORS: Readonly<Record<string, Fault>> = {
  '400': lasting(error(400, 'invalid_request_error', { message: 'The stand-in was told to refuse this request.' })),
  '401': lasting(
    error(401, 'invalid_request_error', { message: 'Incorrect API key provided.', code: 'invalid_api_key' }),
  ),
  '402': lasting(error(402, 'unknown_error', { message: 'Insufficient Balance', code: 'invalid_request_error' })), // DeepSeek
  '403': lasting(error(403, 'invalid_request_error', { message: 'You are not allowed to use this model.' })),
  '404': lasting(
    error(404, 'invalid_request_error', { message: 'The model does not exist.', code: 'model_not_found' }),
  ),
  '408': passing(error(408, 'server_error', { message: 'Request timeout.' })),
  '409': passing(error(409, 'invalid_request_error', { message: 'The resource was updated by another request.' })),
  '413': lasting(error(413, 'invalid_request_error', { message: 'Request Entity Too Large' })),
  '422': lasting(error(422, 'invalid_request_error', { message: 'The request could not be processed.' })),
  '425': passing(error(425, 'invalid_request_error', { message: 'Too early.' })),
  '429': passing(error(429, 'requests', { message: 'Rate limit reached for requests.', code: 'rate_limit_exceeded' })),
  '498': passing(error(498, 'server_error', { message: 'Flex tier capacity exceeded.', code: 'capacity_exceeded' })), // Groq
  '500': passing(error(500, 'server_error', { message: serverError })),
  '502': passing(error(502, 'server_error', { message: 'Bad gateway.' })),
  '503': passing(error(503, 'server_error', { message: overloaded, code: 'server_is_overloaded' })),
  '504': passing(error(504, 'server_error', { message: 'Gateway timeout.' })),
  '529': passing(error(529, 'overloaded_error', { message: 'Overloaded' })), // Anthropic
  slow_down: passing(error(429, 'rate_limit_error', { message: 'Please slow down.', code: 'slow_down' })),
  /** The flex tier has nothing left. */
  flex_unavailable: passing(error(429, 'invalid_request_error', { message: 'Resource unavailable.' })),
  /** Ollama's queue is full. */
  server_busy: passing(
    error(503, 'api_error', { message: 'server busy, please try again.  maximum pending requests exceeded' }),
  ),
  /** The errors that have no other place than a 200: it had been sent when they came. */
  rate_limit_in_200: passing(
    error(200, 'requests', { message: 'Rate limit reached for requests.', code: 'rate_limit_exceeded' }),
  ),
  server_error_in_200: passing(error(200, 'server_error', { message: serverError, code: 'server_error' })),
  /** More tokens than a minute has. */
  request_too_large: lasting(
    error(429, 'tokens', {
      message: 'Request too large for m on tokens per min (TPM): Limit 30000, Requested 50000.',
      code: 'rate_limit_exceeded',
    }),
  ),
  context_length: lasting(
    error(400, 'invalid_request_error', { message: tooLong, code: 'context_length_exceeded', param: 'messages' }),
  ),
  /** As vLLM says it. */
  context_length_without_code: lasting(error(400, 'BadRequestError', { message: tooLong, code: 400 })),
  /** The prompt was filtered before a model saw it, as Azure answers. */
  prompt_filtered: lasting(
    error(400, 'invalid_request_error', {
      message: 'The response was filtered due to the prompt triggering a content management policy.',
      code: 'content_filter',
      param: 'prompt',
    }),
  ),
  invalid_prompt: lasting(
    error(400, 'invalid_request_error', {
      message: 'Invalid prompt: it may violate a policy.',
      code: 'invalid_prompt',
    }),
  ),
  /** OpenRouter dislikes the text, not the key. */
  moderation: lasting(error(403, 'invalid_request_error', { message: 'Your input was flagged by moderation.' })),
};

/** Nothing is answered until somebody pays or raises a limit. */
const QUOTAS = Object.fromEntries(
  [
    'insufficient_quota',
    'credit_balance_exhausted',
    'organization_spend_limit_exceeded',
    'project_spend_limit_exceeded',
    'organization_usage_limit_exceeded',
  ].map((code) => [
    code,
    lasting(
      error(429, code === 'insufficient_quota' ? code : 'invalid_request_error', {
        message: 'You exceeded your current quota, please check your plan and billing details.',
        code,
      }),
    ),
  ]),
);

export const FAULTS: Readonly<Record<string, Fault>> = {
  ...ERRORS,
  ...QUOTAS,
  /** As gateways do that mean well: the error, or the refusal, quotes the key of the request. */
  echo_key: lasting({ kind: 'echo-key', status: 401 }),
  echo_key_in_400: lasting({ kind: 'echo-key', status: 400 }),
  echo_key_in_refusal: lasting({ kind: 'echo-key-in-refusal' }),
  /** 200, with the finish reason `content_filter`. */
  content_filter: lasting({ kind: 'content-filter' }),
  refusal: lasting({ kind: 'refusal' }),
  length: lasting({ kind: 'length' }),
  'invalid-json': passing({ kind: 'invalid-json' }),
  /** Never answers. */
  hang: passing({ kind: 'hang' }),
  /** Destroys the connection once the request was read. */
  reset: passing({ kind: 'reset' }),
  /** Sends headers and the first half of the body, and then nothing. */
  'stall-body': passing({ kind: 'stall-body' }),
  /** Sends headers and the first half of the body, and destroys the connection. */
  'cut-body': passing({ kind: 'cut-body' }),
  /** A well-formed answer of 32 MiB. */
  'huge-body': lasting({ kind: 'huge-body' }),
};
