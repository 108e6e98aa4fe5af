import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import type { Payload, PayloadCodec } from '@temporalio/common';
import { fromJson, toJson } from './payload-json.ts';

/** A page of a history at once, as the command line tool asks. */
const MAX_BODY_BYTES = 32 * 1024 * 1024;

export interface CodecEndpointOptions {
  readonly codecs: readonly PayloadCodec[];
  /** Of pages whose scripts may ask, Temporal's UI: others are refused. Who asks without an origin is no page. */
  readonly corsOrigins: readonly string[];
  /** Asked for as `Authorization: Bearer …`. Absent: who reaches the port may read. */
  readonly token: string | undefined;
  /** Told what went wrong without a fault of the request. */
  readonly onError: (error: unknown) => void;
  /** Told why payloads of a page are handed back as they came. */
  readonly onUnreadable: (errors: readonly unknown[]) => void;
}

class RefusedRequest extends Error {
  readonly status: number;
  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

/** Temporal's remote codec protocol: `POST …/encode` and `POST …/decode`, payloads as JSON in and out. */
export function createCodecEndpoint(options: CodecEndpointOptions): RequestListener {
  const { codecs, corsOrigins, token, onUnreadable } = options;
  const operations = {
    '/encode': (payloads: Payload[]) => encode(payloads, codecs),
    '/decode': (payloads: Payload[]) => decode(payloads, { codecs, onUnreadable }),
  };

  async function answer(request: IncomingMessage): Promise<string> {
    const path = new URL(request.url ?? '/', 'http://codec').pathname;
    // Templates of the UI may put a namespace in front.
    const operation = Object.entries(operations).find(([name]) => path.endsWith(name))?.[1];
    if (operation === undefined) throw new RefusedRequest(404, 'try POST /encode or /decode');
    if (request.method !== 'POST') throw new RefusedRequest(405, 'only POST');
    if (token !== undefined && !isAuthorized(request, token)) throw new RefusedRequest(401, 'a bearer token is needed');
    const payloads = fromJson(await readBody(request));
    if (payloads === undefined) throw new RefusedRequest(400, 'must be {"payloads": […]} as JSON');
    return toJson(await operation(payloads));
  }

  return (request, response) => {
    const isForeign = !allowOrigin(request, response, corsOrigins);
    if (isForeign) {
      // Withholding the answer is not enough: the request alone could write, and a name can be made to point here.
      response
        .writeHead(403, { 'content-type': 'text/plain', connection: 'close' })
        .end('not in the list of origins\n');
      return;
    }
    if (request.method === 'OPTIONS') {
      response.writeHead(204).end();
      return;
    }
    answer(request).then(
      (body) => {
        response.writeHead(200, { 'content-type': 'application/json' }).end(body);
      },
      (error: unknown) => {
        const status = error instanceof RefusedRequest ? error.status : 500;
        if (status === 500) options.onError(error);
        const message = status === 500 || !(error instanceof Error) ? 'failed; the log says why' : error.message;
        // What is left of a body that was not read is not waited for.
        response.writeHead(status, { 'content-type': 'text/plain', connection: 'close' }).end(`${message}\n`);
      },
    );
  };
}

async function encode(payloads: Payload[], codecs: readonly PayloadCodec[]): Promise<Payload[]> {
  let encoded = payloads;
  for (const codec of codecs) encoded = await codec.encode(encoded);
  return encoded;
}

/** One by one, so that what cannot be read does not hide the rest of the page. */
async function decode(
  payloads: readonly Payload[],
  { codecs, onUnreadable }: Pick<CodecEndpointOptions, 'codecs' | 'onUnreadable'>,
): Promise<Payload[]> {
  const errors: unknown[] = [];
  const decoded = await Promise.all(
    payloads.map(async (payload) => {
      try {
        let page = [payload];
        for (const codec of codecs.toReversed()) page = await codec.decode(page);
        return page[0] ?? payload;
      } catch (error) {
        errors.push(error);
        return payload;
      }
    }),
  );
  if (errors.length > 0) onUnreadable(errors);
  return decoded;
}

/** @returns whether the request comes from a page that may ask, or from none. */
function allowOrigin({ headers }: IncomingMessage, response: ServerResponse, origins: readonly string[]): boolean {
  response.setHeader('vary', 'origin');
  if (headers.origin === undefined) return true;
  if (!origins.includes(headers.origin)) return false;
  response.setHeader('access-control-allow-origin', headers.origin);
  response.setHeader('access-control-allow-credentials', 'true');
  response.setHeader('access-control-allow-methods', 'POST, OPTIONS');
  response.setHeader('access-control-allow-headers', 'authorization, content-type, x-namespace, caller-type');
  return true;
}

/** In the same time for every wrong token, whatever its length. */
function isAuthorized({ headers }: IncomingMessage, token: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(headers.authorization ?? ''), digest(`Bearer ${token}`));
}

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Uint8Array>) {
    bytes += chunk.byteLength;
    if (bytes > MAX_BODY_BYTES) throw new RefusedRequest(413, `more than ${String(MAX_BODY_BYTES)} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
}
