/** What a directive or the error mix can make of a call, as data. The names are what people write in samples and tests. */

export interface OpenAiError {
  readonly message: string;
  readonly type: string;
  readonly param: string | null;
  readonly code: string | null;
}

export type Effect =
  | { readonly kind: 'error'; readonly status: number; readonly error: OpenAiError }
  | { readonly kind: 'refusal' | 'length' | 'content-filter' | 'invalid-json' }
  | { readonly kind: 'hang' | 'reset' | 'stall-body' | 'huge-body' };

export interface Fault {
  readonly effect: Effect;
  /** Lasting faults hit every call with the prompt, the others only the first; `times=N` overrides either. */
  readonly lasting: boolean;
}

const error = (status: number, type: string, detail: { message: string; code?: string; param?: string }): Effect => ({
  kind: 'error',
  status,
  error: { message: detail.message, type, param: detail.param ?? null, code: detail.code ?? null },
});
const passing = (effect: Effect): Fault => ({ effect, lasting: false });
const lasting = (effect: Effect): Fault => ({ effect, lasting: true });

const serverError = 'The server had an error while processing your request. Sorry about that!';
const overloaded = 'The engine is currently overloaded, please try again later.';

export const FAULTS: Readonly<Record<string, Fault>> = {
  '400': lasting(error(400, 'invalid_request_error', { message: 'The stand-in was told to refuse this request.' })),
  '401': lasting(
    error(401, 'invalid_request_error', { message: 'Incorrect API key provided.', code: 'invalid_api_key' }),
  ),
  '403': lasting(error(403, 'invalid_request_error', { message: 'You are not allowed to use this model.' })),
  '404': lasting(
    error(404, 'invalid_request_error', { message: 'The model does not exist.', code: 'model_not_found' }),
  ),
  '408': passing(error(408, 'server_error', { message: 'Request timeout.' })),
  '409': passing(error(409, 'invalid_request_error', { message: 'The resource was updated by another request.' })),
  '422': lasting(error(422, 'invalid_request_error', { message: 'The request could not be processed.' })),
  '429': passing(error(429, 'requests', { message: 'Rate limit reached for requests.', code: 'rate_limit_exceeded' })),
  '500': passing(error(500, 'server_error', { message: serverError })),
  '502': passing(error(502, 'server_error', { message: 'Bad gateway.' })),
  '503': passing(error(503, 'server_error', { message: overloaded, code: 'server_is_overloaded' })),
  '529': passing(error(529, 'overloaded_error', { message: 'Overloaded' })),
  insufficient_quota: lasting(
    error(429, 'insufficient_quota', {
      message: 'You exceeded your current quota, please check your plan and billing details.',
      code: 'insufficient_quota',
    }),
  ),
  context_length: lasting(
    error(400, 'invalid_request_error', {
      message: "This model's maximum context length is 128000 tokens. Please reduce the length of the messages.",
      code: 'context_length_exceeded',
      param: 'messages',
    }),
  ),
  /** The prompt was filtered before a model saw it, as Azure answers. */
  prompt_filtered: lasting(
    error(400, 'invalid_request_error', {
      message: 'The response was filtered due to the prompt triggering a content management policy.',
      code: 'content_filter',
      param: 'prompt',
    }),
  ),
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
  /** A well-formed answer of 32 MiB. */
  'huge-body': lasting({ kind: 'huge-body' }),
};
