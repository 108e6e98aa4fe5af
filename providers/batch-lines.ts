import { ChatResponseError, readChatResponse } from './chat-response.ts';
import type { BatchAnswer } from './batch-provider.ts';
import { factsOfErrorBody } from './error-body.ts';
import { toProviderError } from './error-table.ts';
import { scrub } from './scrub.ts';

/** The one endpoint whose requests go into batches. */
export const BATCH_ENDPOINT = '/v1/chat/completions';

/** A line of a batch's input file, without its break. `body` is what the endpoint would be sent. */
export function toInputLine(customId: string, body: object): string {
  return JSON.stringify({ custom_id: customId, method: 'POST', url: BATCH_ENDPOINT, body });
}

export interface ReadOptions {
  /** Named in a result when its body names none. */
  readonly model: string;
  /** Kept out of messages. */
  readonly secret: string | undefined;
  /** Milliseconds since the epoch. */
  readonly now: number;
}

/**
 * Reads an output file or an error file: answers and errors by `custom_id`. The two have lines of the same form. One that is none says
 * nothing about any request, and is left out.
 */
export function readResultFile(text: string, options: ReadOptions): (readonly [customId: string, BatchAnswer])[] {
  return text.split('\n').flatMap((line) => {
    const result = parse(line);
    const customId = result?.['custom_id'];
    return result !== undefined && typeof customId === 'string' ? [[customId, toAnswer(result, options)] as const] : [];
  });
}

/** Without a response the request was not executed: the batch expired, or was cancelled before. */
function toAnswer({ response, error }: Record<string, unknown>, options: ReadOptions): BatchAnswer {
  if (!isObject(response)) {
    const { code, message } = factsOfErrorBody({ error });
    return { kind: 'not-run', because: scrub([code, message].filter(Boolean).join(': '), options.secret) };
  }
  const { status_code: status, body } = response;
  try {
    if (typeof status === 'number' && status >= 400) {
      throw new ChatResponseError(factsOfErrorBody(body, { status, headers: new Headers() }));
    }
    return { kind: 'completion', completion: readChatResponse(body, options) };
  } catch (failure) {
    if (!(failure instanceof ChatResponseError)) throw failure;
    return { kind: 'error', error: toProviderError(failure.facts, options) };
  }
}

function parse(line: string): Record<string, unknown> | undefined {
  try {
    const parsed: unknown = JSON.parse(line);
    return isObject(parsed) ? parsed : undefined;
  } catch {
    return undefined;
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
