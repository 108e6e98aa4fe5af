/** What kept a call from getting a whole response. */
export type TransportFault =
  | 'deadline' // our own total deadline
  | 'never-connected' // no byte of the request was sent
  | 'connection-lost' // after the request may have been sent
  | 'redirected'
  | 'body-too-large'
  | 'malformed-body'
  | 'unknown';

/** Aborts the call, and is its failure, when the total deadline passes. */
export class DeadlineError extends Error {
  constructor(timeoutMs: number) {
    super(`no complete answer within ${String(timeoutMs)} ms`);
    this.name = 'DeadlineError';
  }
}

export class BodyTooLargeError extends Error {
  constructor(maxBytes: number) {
    super(`the response is larger than ${String(maxBytes)} bytes`);
    this.name = 'BodyTooLargeError';
  }
}

/** A `content-encoding` that nobody asked for and that cannot be undone. */
export class UnreadableEncodingError extends Error {
  constructor(encoding: string) {
    super(`cannot read the content-encoding "${encoding}"`);
    this.name = 'UnreadableEncodingError';
  }
}

/** Where to, nobody follows. */
export class RedirectedError extends Error {
  constructor(status: number) {
    super(`HTTP ${String(status)}: a redirect is not followed, because the API key would go along`);
    this.name = 'RedirectedError';
  }
}

const FAULT_OF_CODE: readonly (readonly [code: RegExp, fault: TransportFault])[] = [
  [
    /^(?:ECONNREFUSED|ENOTFOUND|EAI_\w+|EHOSTUNREACH|ENETUNREACH|EADDRNOTAVAIL|UND_ERR_CONNECT_TIMEOUT)$/,
    'never-connected',
  ],
  [/CERT|SELF_SIGNED|UNABLE_TO_VERIFY|^ERR_(?:TLS|SSL)_|^EPROTO$|^ERR_INVALID_URL$/, 'never-connected'],
  [/^Z_(?:DATA|BUF)_ERROR$|^ERR_\w*ERROR_FORMAT/, 'malformed-body'], // gzip and deflate; Brotli
  [/^(?:ECONNRESET|EPIPE|ETIMEDOUT|ECONNABORTED|UND_ERR_SOCKET|UND_ERR_\w+|HPE_\w+)$/, 'connection-lost'],
];
/** Errors are wrapped in errors; one that contains itself must not hold us up. */
const MAX_CAUSES = 8;

/** Not `instanceof`: an error may come from another realm than ours. */
interface ErrorLike {
  readonly name?: unknown;
  readonly message?: unknown;
  readonly code?: unknown;
  readonly cause?: unknown;
}

/** The openai package says "Connection error." for nearly everything: what happened is in the causes. */
export function transportFaultOf(error: unknown): { readonly fault: TransportFault; readonly message: string } {
  let message = 'no details';
  let current = error;
  for (let depth = 0; depth < MAX_CAUSES && isErrorLike(current); depth++) {
    if (typeof current.message === 'string' && current.message !== '') message = current.message;
    const fault = faultOf(current);
    if (fault !== undefined) return { fault, message };
    current = current.cause;
  }
  return { fault: 'unknown', message };
}

function faultOf(error: ErrorLike): TransportFault | undefined {
  if (error instanceof DeadlineError) return 'deadline';
  if (error instanceof BodyTooLargeError) return 'body-too-large';
  if (error instanceof UnreadableEncodingError || error.name === 'SyntaxError') return 'malformed-body';
  if (error instanceof RedirectedError) return 'redirected';
  const { code } = error;
  return typeof code === 'string' ? FAULT_OF_CODE.find(([pattern]) => pattern.test(code))?.[1] : undefined;
}

function isErrorLike(value: unknown): value is ErrorLike {
  return typeof value === 'object' && value !== null;
}
