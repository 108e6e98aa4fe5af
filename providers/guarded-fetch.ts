import type { Readable } from 'node:stream';
import { Agent, request, type Dispatcher } from 'undici';
import { decoded } from './content-encoding.ts';
import type { CallProgress } from './provider.ts';
import { BodyTooLargeError, RedirectedError } from './transport-fault.ts';

export interface GuardedFetch {
  readonly fetch: typeof fetch;
  /** What went wrong on the wire, if anything did. The openai package keeps no cause of what it takes for a timeout. */
  failure(): unknown;
  /** The body of an error response. The package keeps only those that have OpenAI's shape. */
  errorBody(): string;
}

/** Connections that calls share and keep alive. How long a call may take is its own deadline's to say. */
export function createConnections(): Dispatcher {
  return new Agent({ headersTimeout: 0, bodyTimeout: 0 });
}

/**
 * `fetch` for one call, which follows no redirect (the API key would go along), reads no body beyond `maxBodyBytes`
 * (counted decompressed: a few kilobytes of gzip can be gigabytes) and tells how far it got.
 *
 * Over undici's `request`: Node's own `fetch` is undici too, but its streams cost three times the CPU of the call itself.
 */
export function createGuardedFetch(options: {
  connections: Dispatcher;
  maxBodyBytes: number;
  onProgress?: ((progress: CallProgress) => void) | undefined;
  /** Called when a response has begun. `header`: by its name in small letters. */
  onHeaders?: (header: (name: string) => string | undefined) => void;
}): GuardedFetch {
  const { connections, onProgress, onHeaders } = options;
  let failure: unknown;
  let errorBody = '';

  async function send(url: string | URL, init: RequestInit): Promise<Response> {
    const {
      statusCode: status,
      headers,
      body,
    } = await request(url, {
      ...(await toRequest(init)),
      dispatcher: connections,
    });
    if (status >= 300 && status < 400) {
      // Destroyed before its end it emits an error, which nobody need hear.
      body.on('error', () => undefined).destroy();
      throw new RedirectedError(status);
    }
    onProgress?.({ phase: 'headers', bytesReceived: 0 });
    onHeaders?.((name) => {
      const value = headers[name];
      return Array.isArray(value) ? value[0] : value;
    });
    const text = async () => read(decoded(body, headers['content-encoding']), options);
    if (status < 400) return toResponse({ status, headers, body: await text() });
    // A body that breaks off, is too large or cannot be read takes nothing from what the status says.
    errorBody = await text().catch(() => '');
    return toResponse({ status, headers, body: errorBody });
  }
  return {
    failure: () => failure,
    errorBody: () => errorBody,
    fetch: (url, init = {}) =>
      send(url instanceof Request ? url.url : url, init).catch((error: unknown) => {
        failure = error;
        throw error;
      }),
  };
}

/** What the openai package sends: JSON texts, and files as forms. */
async function toRequest({ method = 'GET', headers, body, signal }: RequestInit) {
  const sent = new Headers(headers);
  const text = await toText(body, sent);
  return { method, headers: Object.fromEntries(sent), body: text, signal: signal ?? null };
}

async function toText(body: RequestInit['body'], headers: Headers): Promise<string | null> {
  if (body === undefined || body === null || typeof body === 'string') return body ?? null;
  if (!(body instanceof FormData)) throw new TypeError('only texts and forms can be sent');
  // Encodes it, and names the boundary it chose.
  const encoded = new Response(body);
  headers.set('content-type', encoded.headers.get('content-type') ?? '');
  return encoded.text();
}

/** Read here, chunk by chunk: a transforming stream in front of the package's own reading would cost twice the CPU. */
async function read(body: Readable, options: Parameters<typeof createGuardedFetch>[0]): Promise<string> {
  const decoder = new TextDecoder();
  let text = '';
  let bytesReceived = 0;
  for await (const chunk of body as AsyncIterable<Uint8Array>) {
    bytesReceived += chunk.byteLength;
    // Leaving the loop destroys the stream, and with it the connection.
    if (bytesReceived > options.maxBodyBytes) throw new BodyTooLargeError(options.maxBodyBytes);
    options.onProgress?.({ phase: 'body', bytesReceived });
    text += decoder.decode(chunk, { stream: true });
  }
  return text + decoder.decode();
}

function toResponse({
  status,
  headers,
  body,
}: {
  status: number;
  headers: Dispatcher.ResponseData['headers'];
  body: string;
}): Response {
  const copied = new Headers();
  for (const [name, value] of Object.entries(headers)) {
    for (const one of Array.isArray(value) ? value : [value]) if (one !== undefined) copied.append(name, one);
  }
  // Some statuses (204) must not have a body, not even an empty one.
  return new Response(body === '' ? null : body, { status, headers: copied });
}
