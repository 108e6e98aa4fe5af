import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createBatchAnswers } from './batch-answers.ts';
import { createBatchEndpoints } from './batch-endpoints.ts';
import { createBatchStore } from './batch-store.ts';
import { behaviourSchema, type StandInBehaviour } from './behaviour.ts';
import { createChatEndpoint } from './chat-endpoint.ts';
import { createDirectiveCounter } from './directives.ts';
import { createFileStore } from './file-store.ts';
import { readBody } from './http-body.ts';
import { createLedger } from './ledger.ts';
import { createRateLimits } from './rate-limits.ts';
import { createRandom } from './random.ts';
import { sendJson, type Route } from './route.ts';

export interface StandIn {
  /** The base URL for an OpenAI client: ends in `/v1`. */
  readonly url: string;
  readonly port: number;
  /** Also ends calls that are running. */
  close(): Promise<void>;
}

/** Clients keep connections open between calls; closing them first would look like a fault of the network. */
const KEEP_ALIVE_MS = 10 * 60_000;
const MODELS = {
  object: 'list',
  data: [{ id: 'stand-in', object: 'model', created: 0, owned_by: 'llm-kafka-pipeline' }],
};

/**
 * Starts an HTTP server that answers like OpenAI's chat completions and batches of them, without a model: deterministic texts made from the
 * prompt, faults on request, strict limits, and a ledger of what it saw under `/stand-in/`.
 * @throws when the port is taken, or the behaviour is not one.
 */
export async function startStandIn(
  options: { port?: number; host?: string; behaviour?: StandInBehaviour } = {},
): Promise<StandIn> {
  const { port = 0, host = '127.0.0.1' } = options;
  const routes = createRoutes(behaviourSchema.parse(options.behaviour ?? {}));
  const server = createServer({ keepAliveTimeout: KEEP_ALIVE_MS, noDelay: true }, (request, response) => {
    const path = (request.url ?? '/').split('?')[0] ?? '/';
    const route = routes(request.method ?? 'GET', path);
    if (route === undefined) sendJson(response, { status: 404, body: notFound(path) });
    else void route(request, response);
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, resolve);
  });
  const bound = (server.address() as AddressInfo).port;
  return {
    url: `http://${host}:${String(bound)}/v1`,
    port: bound,
    close: () =>
      new Promise((resolve) => {
        server.close(() => {
          resolve();
        });
        server.closeAllConnections();
      }),
  };
}

function createRoutes(initial: StandInBehaviour): (method: string, path: string) => Route | undefined {
  const ledger = createLedger();
  const directives = createDirectiveCounter();
  let behaviour = initial;
  const rateLimits = createRateLimits(initial);
  let random = createRandom(initial.seed);
  const deps = { ledger, directives, behaviour: () => behaviour, random: () => random() };
  const chat = createChatEndpoint({ ...deps, rateLimits });
  const files = createFileStore();
  const batches = createBatchStore({ files, answer: createBatchAnswers(deps), behaviour: deps.behaviour });
  const batchEndpoint = createBatchEndpoints({ files, batches, behaviour: deps.behaviour });
  const routes: Readonly<Record<string, Route>> = {
    'POST /v1/chat/completions': chat,
    'GET /v1/models': (_request, response) => {
      sendJson(response, { status: 200, body: MODELS });
    },
    'GET /stand-in/calls': (_request, response) => {
      sendJson(response, { status: 200, body: ledger.calls() });
    },
    'GET /stand-in/stats': (_request, response) => {
      sendJson(response, { status: 200, body: ledger.stats() });
    },
    'GET /stand-in/batches': (_request, response) => {
      const body = { batches: batches.all(), creating: batches.creating(), uploads: files.uploads() };
      sendJson(response, { status: 200, body });
    },
    'POST /stand-in/behaviour': async (request, response) => {
      const wanted = behaviourSchema.safeParse(parseJson((await readBody(request)) ?? ''));
      if (!wanted.success) {
        const message = wanted.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`).join('; ');
        sendJson(response, { status: 400, body: { error: { message } } });
        return;
      }
      behaviour = wanted.data;
      rateLimits.change(behaviour);
      random = createRandom(behaviour.seed);
      sendJson(response, { status: 200, body: behaviour });
    },
    'POST /stand-in/reset': (_request, response) => {
      ledger.reset();
      directives.reset();
      rateLimits.reset();
      batches.reset();
      files.reset();
      sendJson(response, { status: 200, body: {} });
    },
  };
  return (method, path) => routes[`${method} ${path}`] ?? batchEndpoint(method, path);
}

const notFound = (path: string) => ({
  error: { message: `Invalid URL (${path})`, type: 'invalid_request_error', param: null, code: null },
});

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
