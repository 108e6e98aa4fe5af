import type { IncomingMessage, ServerResponse } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import type { BatchStore } from './batch-store.ts';
import type { StandInBehaviour } from './behaviour.ts';
import { isRecord } from './chat-request.ts';
import type { FileStore } from './file-store.ts';
import { readBody } from './http-body.ts';
import { sendJson, type Route } from './route.ts';

export interface BatchEndpointDeps {
  readonly files: FileStore;
  readonly batches: BatchStore;
  readonly behaviour: () => StandInBehaviour;
}

/** The Files and Batch APIs, as far as batches of chat completions need them: the route of a path, if it is theirs. */
export function createBatchEndpoints(deps: BatchEndpointDeps) {
  return (method: string, path: string): Route | undefined => {
    const [, resource, id, verb] = /^\/v1\/(files|batches)(?:\/([^/]+)(?:\/([^/]+))?)?$/.exec(path) ?? [];
    if (resource === undefined) return undefined;
    const route = ROUTES[[method, resource, id && ':id', verb].filter((part) => part !== undefined).join(' ')];
    return (
      route &&
      (async (request, response) => {
        if (deps.behaviour().down === true) response.destroy();
        else await route({ request, response, id: id ?? '' }, deps);
      })
    );
  };
}

interface Call {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly id: string;
}
type Handler = (call: Call, deps: BatchEndpointDeps) => void | Promise<void>;

const ROUTES: Readonly<Record<string, Handler>> = {
  'POST files': uploadFile,
  'GET files :id': ({ response, id }, { files }) => {
    const file = files.get(id);
    if (file === undefined) fail(response, 404, `No such File object: ${id}`);
    else sendJson(response, { status: 200, body: file });
  },
  'GET files :id content': ({ response, id }, { files }) => {
    const content = files.content(id);
    if (content === undefined) fail(response, 404, `No such File object: ${id}`);
    else response.writeHead(200, { 'content-type': 'application/octet-stream' }).end(content);
  },
  'POST batches': createBatch,
  'GET batches': listBatches,
  'GET batches :id': ({ response, id }, { batches }) => {
    const batch = batches.get(id);
    if (batch === undefined) fail(response, 404, `No batch found with id '${id}'.`);
    else sendJson(response, { status: 200, body: batch });
  },
  'POST batches :id cancel': ({ response, id }, { batches }) => {
    const cancelling = batches.cancel(id);
    if (cancelling === undefined) fail(response, 409, `Cannot cancel the batch '${id}': it has ended, or never was.`);
    else sendJson(response, { status: 200, body: cancelling });
  },
};

async function uploadFile({ request, response }: Call, { files, behaviour }: BatchEndpointDeps): Promise<void> {
  const body = await readBody(request);
  if (body === undefined) return;
  const headers = { 'content-type': request.headers['content-type'] ?? '' };
  // Deprecated for servers that take files from strangers. This one takes a test's.
  // eslint-disable-next-line @typescript-eslint/no-deprecated
  const form = await new Response(body, { headers }).formData().catch(() => undefined);
  const [file, purpose] = [form?.get('file'), form?.get('purpose')];
  if (!(file instanceof File) || purpose !== 'batch') {
    fail(response, 400, "The stand-in takes files as multipart/form-data with the purpose 'batch'.");
    return;
  }
  const { fileProcessingMs: processingMs, fileFails: fails } = behaviour().batch ?? {};
  const content = await file.text();
  sendJson(response, { status: 200, body: files.add({ filename: file.name, purpose, content, processingMs, fails }) });
}

async function createBatch(
  { request, response }: Call,
  { files, batches, behaviour }: BatchEndpointDeps,
): Promise<void> {
  const body = parse((await readBody(request)) ?? '');
  const { input_file_id: inputFileId, endpoint, completion_window: window, metadata = null } = body;
  const inputFile = typeof inputFileId === 'string' ? files.get(inputFileId) : undefined;
  if (inputFile?.status !== 'processed') {
    fail(response, 400, `input_file_id: ${inputFile ? `the file is ${inputFile.status}` : 'no such file'}`);
    return;
  }
  if (typeof endpoint !== 'string' || window !== '24h') {
    fail(response, 400, 'endpoint and completion_window are needed, and the latter is 24h');
    return;
  }
  const { beforeCreationMs = 0, breaksOffCreation = false, afterCreationMs = 0 } = behaviour().batch ?? {};
  // As a provider does, it goes on when the client does not wait for it.
  if (breaksOffCreation) response.destroy();
  const batch = await batches.create({ endpoint, inputFileId: inputFile.id, metadata }, beforeCreationMs);
  await delay(afterCreationMs, undefined, { ref: false });
  sendJson(response, { status: 200, body: batch });
}

/** Newest first, in pages, as OpenAI lists them. */
function listBatches({ request, response }: Call, { batches }: BatchEndpointDeps): void {
  const query = new URL(request.url ?? '/', 'http://stand-in').searchParams;
  const newestFirst = batches.all().toReversed();
  const from = newestFirst.findIndex(({ id }) => id === query.get('after')) + 1;
  const limit = Number(query.get('limit') ?? 20);
  const data = newestFirst.slice(from, from + limit);
  const page = { first_id: data[0]?.id ?? null, last_id: data.at(-1)?.id ?? null };
  const has_more = from + limit < newestFirst.length;
  sendJson(response, { status: 200, body: { object: 'list', data, ...page, has_more } });
}

function fail(response: ServerResponse, status: number, message: string): void {
  const error = { message, type: 'invalid_request_error', param: null, code: null };
  sendJson(response, { status, body: { error } });
}

function parse(text: string): Record<string, unknown> {
  try {
    const parsed: unknown = JSON.parse(text);
    return isRecord(parsed) ? parsed : {};
  } catch {
    return {};
  }
}
