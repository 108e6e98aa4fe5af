import { AsyncLocalStorage } from 'node:async_hooks';
import OpenAI, { APIError } from 'openai';
import type { Completion, CompletionRequest } from '../contracts/completion.ts';
import { withDeadline } from './call-deadline.ts';
import { toChatRequest } from './chat-request.ts';
import { ChatResponseError, readChatResponse } from './chat-response.ts';
import { factsOfErrorBody } from './error-body.ts';
import { toProviderError, type FailureFacts } from './error-table.ts';
import { createConnections, createGuardedFetch, type GuardedFetch } from './guarded-fetch.ts';
import type { CompletionCall, CompletionProvider } from './provider.ts';
import { rateLimitsOf } from './rate-limit-headers.ts';
import { transportFaultOf } from './transport-fault.ts';
import { withoutVariable } from './without-variable.ts';

export const OPENAI_BASE_URL = 'https://api.openai.com/v1';
/** Far above any answer worth having; the bound on what is published is lower, and its own. */
const MAX_BODY_BYTES = 8 * 1024 * 1024;
/** The package's timer must not come first: `withDeadline` ends the call, and knows why. */
const PACKAGE_TIMEOUT_SLACK_MS = 60_000;
/** OpenAI refuses more. */
const MAX_REQUEST_ID_CHARS = 512;

export interface OpenAiProviderOptions {
  /** As results name it. */
  readonly name?: string;
  /** Absent: no `Authorization` header is sent, as Ollama and vLLM accept. */
  readonly apiKey?: string | undefined;
  /**
   * Absent: OpenAI's own. Any server of the Chat Completions API: Azure (`https://….openai.azure.com/openai/v1`), vLLM,
   * Ollama, a gateway. A query (`?api-version=…`) is sent with every call.
   */
  readonly baseUrl?: string | undefined;
  readonly model: string;
  readonly maxBodyBytes?: number;
}

/** The Chat Completions API of OpenAI and of everything compatible with it. */
export function createOpenAiProvider(options: OpenAiProviderOptions): CompletionProvider {
  const { name = 'openai', apiKey, model, maxBodyBytes = MAX_BODY_BYTES } = options;
  const baseUrl = new URL(options.baseUrl ?? OPENAI_BASE_URL);
  const connections = createConnections();
  // One client for all calls, because making one costs as much as a call; which call a request belongs to is told beside it.
  const currentCall = new AsyncLocalStorage<GuardedFetch>();
  const client = createClient(baseUrl, {
    apiKey,
    fetch: (url, init) => {
      const guarded = currentCall.getStore();
      if (guarded === undefined) throw new Error('a request to the provider outside a call');
      return guarded.fetch(url, init);
    },
  });

  async function complete(request: CompletionRequest, call: CompletionCall): Promise<Completion> {
    const guarded = createGuardedFetch({
      connections,
      maxBodyBytes,
      onProgress: call.onProgress,
      onHeaders(header) {
        const limits = rateLimitsOf(header);
        if (limits !== undefined) call.onRateLimits?.(limits);
      },
    });
    const body = toChatRequest(request, { host: baseUrl.hostname, model });
    try {
      const response: unknown = await withDeadline(call, (signal) =>
        currentCall.run(guarded, () =>
          client.chat.completions.create(body, {
            signal,
            timeout: call.timeoutMs + PACKAGE_TIMEOUT_SLACK_MS,
            headers: { 'X-Client-Request-Id': toHeaderValue(call.requestId) },
          }),
        ),
      );
      return readChatResponse(response, { model, secret: apiKey });
    } catch (error) {
      if (call.signal.aborted) throw call.signal.reason;
      throw toProviderError(factsOf(error, guarded), { secret: apiKey, now: Date.now() });
    }
  }
  return { name, complete };
}

/**
 * Everything is given: what is left out, the package reads from variables that our configuration does not list. No option stands
 * for `OPENAI_CUSTOM_HEADERS`: its headers would go to every provider, may stand in place of its key, and no log would know what is secret in them.
 */
export function createClient(
  baseUrl: URL,
  { apiKey, fetch }: { apiKey: string | undefined; fetch: GuardedFetch['fetch'] },
): OpenAI {
  return withoutVariable(
    'OPENAI_CUSTOM_HEADERS',
    () =>
      new OpenAI({
        fetch,
        baseURL: `${baseUrl.origin}${baseUrl.pathname}`,
        defaultQuery: Object.fromEntries(baseUrl.searchParams),
        // The package insists on a key; the header that would carry it is taken out again.
        apiKey: apiKey ?? 'none',
        ...(apiKey === undefined && { defaultHeaders: { Authorization: null } }),
        adminAPIKey: null,
        organization: null,
        project: null,
        webhookSecret: null,
        logLevel: 'off',
        // Temporal is the only retrier: one attempt of the activity is one request.
        maxRetries: 0,
      }),
  );
}

export function factsOf(error: unknown, guarded: GuardedFetch): FailureFacts {
  if (error instanceof ChatResponseError) return error.facts;
  if (error instanceof APIError && typeof error.status === 'number') {
    return factsOfErrorBody(guarded.errorBody(), { status: error.status, headers: error.headers as Headers });
  }
  const known = transportFaultOf(error);
  return known.fault === 'unknown' && guarded.failure() !== undefined ? transportFaultOf(guarded.failure()) : known;
}

/** A header takes no line breaks and no characters beyond Latin-1: `fetch` would throw. */
function toHeaderValue(text: string): string {
  return text.replace(/[^\x20-\x7e]/g, '_').slice(0, MAX_REQUEST_ID_CHARS);
}
