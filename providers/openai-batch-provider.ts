import type OpenAI from 'openai';
import type { Batch } from 'openai/resources/batches';
import { withDeadline } from './call-deadline.ts';
import { toChatRequest } from './chat-request.ts';
import { BATCH_ENDPOINT, readResultFile, toInputLine } from './batch-lines.ts';
import type { BatchAnswer, BatchProvider, BatchState } from './batch-provider.ts';
import { toProviderError } from './error-table.ts';
import { createConnections, createGuardedFetch } from './guarded-fetch.ts';
import { createClient, factsOf, OPENAI_BASE_URL, type OpenAiProviderOptions } from './openai-provider.ts';
import { whenProcessed, type UploadedFile } from './processed-file.ts';
import { ProviderError } from './provider.ts';
import { scrub } from './scrub.ts';

/** For the small calls; a file may take longer. */
const CALL_TIMEOUT_MS = 60_000;
/** Upload or download of a file. The activities' own limits are above it. */
export const TRANSFER_TIMEOUT_MS = 600_000;
/** Of one result file. A text of more than 512 MiB is beyond what JavaScript can hold. */
const MAX_FILE_BYTES = 256 * 1024 * 1024;
/** The provider's clock and ours. */
const CLOCK_SKEW_MS = 600_000;
const BATCHES_A_PAGE = 100;
const ENDED: readonly Batch['status'][] = ['completed', 'failed', 'expired', 'cancelled'];

/** The Files and Batch APIs of OpenAI, and of those that have taken them over. */
export function createOpenAiBatchProvider(options: OpenAiProviderOptions): BatchProvider {
  const { name = 'openai', apiKey, model, maxBodyBytes = MAX_FILE_BYTES } = options;
  const baseUrl = new URL(options.baseUrl ?? OPENAI_BASE_URL);
  const ask = createAsk({ baseUrl, apiKey, maxBodyBytes });

  async function readResults(fileId: string, signal: AbortSignal) {
    const text = await ask({ signal, timeoutMs: TRANSFER_TIMEOUT_MS }, async (client, request) =>
      (await client.files.content(fileId, request)).text(),
    );
    return readResultFile(text, { model, secret: apiKey, now: Date.now() });
  }

  return {
    name,
    toLine: (customId, request) => toInputLine(customId, toChatRequest(request, { host: baseUrl.hostname, model })),
    async upload(lines, signal) {
      const file = new File([lines.map((line) => `${line}\n`).join('')], 'requests.jsonl');
      const uploaded: UploadedFile = await ask({ signal, timeoutMs: TRANSFER_TIMEOUT_MS }, (client, request) =>
        client.files.create({ file, purpose: 'batch' }, request),
      );
      const look = () => ask({ signal }, (client, request) => client.files.retrieve(uploaded.id, request));
      await whenProcessed(uploaded, { look, signal, secret: apiKey });
      return uploaded.id;
    },
    create: (inputId, signal) =>
      ask({ signal }, async (client, request) => {
        const wanted = { input_file_id: inputId, endpoint: BATCH_ENDPOINT, completion_window: '24h' } as const;
        return (await client.batches.create(wanted, request)).id;
      }),
    find: (inputId, since, signal) =>
      ask({ signal }, async (client, request) => {
        // Newest first, page after page.
        for await (const batch of client.batches.list({ limit: BATCHES_A_PAGE }, request)) {
          if (batch.input_file_id === inputId) return batch.id;
          if (batch.created_at * 1_000 < since - CLOCK_SKEW_MS) return undefined;
        }
        return undefined;
      }),
    state: (batchId, signal) =>
      ask({ signal }, async (client, request) => toState(await client.batches.retrieve(batchId, request), apiKey)),
    async answers({ resultFiles }, signal) {
      const answers = new Map<string, BatchAnswer>();
      for (const file of resultFiles)
        for (const [id, answer] of await readResults(file, signal)) answers.set(id, answer);
      return answers;
    },
    async cancel(batchId, signal) {
      try {
        await ask({ signal }, (client, request) => client.batches.cancel(batchId, request));
      } catch (error) {
        // 400 or 409: it has ended meanwhile.
        if (!(error instanceof ProviderError) || (error.status !== 409 && error.kind !== 'bad-request')) throw error;
      }
    },
  };
}

interface Limits {
  readonly signal: AbortSignal;
  readonly timeoutMs?: number;
}

/** Calls are few here, so each has a client of its own, which knows what went wrong with it. */
function createAsk(target: { baseUrl: URL; apiKey: string | undefined; maxBodyBytes: number }) {
  const connections = createConnections();
  return async function ask<T>(
    { signal, timeoutMs = CALL_TIMEOUT_MS }: Limits,
    request: (client: OpenAI, options: { signal: AbortSignal; timeout: number }) => Promise<T>,
  ): Promise<T> {
    const guarded = createGuardedFetch({ connections, maxBodyBytes: target.maxBodyBytes });
    const client = createClient(target.baseUrl, { apiKey: target.apiKey, fetch: guarded.fetch });
    try {
      return await withDeadline({ signal, timeoutMs }, (aborted) =>
        // The package's timer must not come first.
        request(client, { signal: aborted, timeout: timeoutMs + CALL_TIMEOUT_MS }),
      );
    } catch (error) {
      if (signal.aborted) throw signal.reason;
      throw explained(toProviderError(factsOf(error, guarded), { secret: target.apiKey, now: Date.now() }));
    }
  };
}

function toState(batch: Batch, secret: string | undefined): BatchState {
  const { status, request_counts: counts, errors } = batch;
  const count = counts && `${String(counts.completed)} of ${String(counts.total)} answered`;
  const problems = (errors?.data ?? []).slice(0, 3).map(({ code, message }) => `${code ?? 'error'}: ${message ?? ''}`);
  return {
    hasEnded: ENDED.includes(status),
    description: scrub([`${status}${count === undefined ? '' : `: ${count}`}`, ...problems].join('; '), secret),
    answeredNothing: answeredNothing(batch),
    refused: status === 'failed',
    resultFiles: [batch.output_file_id, batch.error_file_id].filter((id) => typeof id === 'string'),
  };
}

/** A completed batch of no lines is one whose server does not count. */
function answeredNothing({ status, request_counts: counts }: Batch): boolean {
  if (status === 'failed') return true;
  return counts?.completed === 0 && (status !== 'completed' || counts.total > 0);
}

/** Many servers that speak Chat Completions have no batches, and say no more about it than that there is nothing. */
function explained(error: ProviderError): ProviderError {
  if (error.status !== 404 && error.status !== 405) return error;
  const { kind, status, retryAfterMs, maybePaid } = error;
  const message = `${error.message} (a Batch API is needed for LLM_BATCH_TYPES, and the account that made the batch)`;
  return new ProviderError(kind, message, { status, retryAfterMs, maybePaid });
}
