import type { Completion, FinishReason, TokenUsage } from '../contracts/completion.ts';
import { factsOfErrorBody } from './error-body.ts';
import type { FailureFacts } from './error-table.ts';
import { scrub } from './scrub.ts';

/** Words of the servers that speak this API. Anything else that comes with a text counts as `stop`. */
const FINISH_REASONS: ReadonlyMap<unknown, FinishReason> = new Map([
  ['length', 'length'],
  ['model_length', 'length'], // Mistral
  ['max_tokens', 'length'],
  ['content_filter', 'content_filter'],
  ['safety', 'content_filter'],
]);
/** The provider failed while it answered (Mistral, OpenRouter): the text is a torso. */
const BROKEN_OFF = 'error';

/** A response that is none: it has the facts for the error table. */
export class ChatResponseError extends Error {
  readonly facts: FailureFacts;
  constructor(facts: FailureFacts) {
    super(facts.message);
    this.name = 'ChatResponseError';
    this.facts = facts;
  }
}

/**
 * Reads the body of a Chat Completions response, whose declared types compatible servers do not keep.
 * Missing usage counts as 0 tokens: a number made up here would pass for the provider's own count.
 * @param body parsed JSON, or text where the server did not say that it is JSON.
 * @param asked.model named in the result when the body names none. `secret`: the API key, kept out of a refusal.
 * @throws {ChatResponseError}
 */
export function readChatResponse(
  body: unknown,
  asked: { readonly model: string; readonly secret: string | undefined },
): Completion {
  if (!isObject(body)) throw malformed('the body is not a JSON object');
  // Gateways that have sent their 200 already have no other place for it.
  if (isObject(body['error']) || isText(body['error'])) throw new ChatResponseError(factsOfErrorBody(body));
  const choice: unknown = Array.isArray(body['choices']) ? body['choices'][0] : undefined;
  if (!isObject(choice)) throw malformed('no choices');
  if (choice['finish_reason'] === BROKEN_OFF) throw malformed('the answer broke off with an error');

  const message = isObject(choice['message']) ? choice['message'] : {};
  const { content, refusal } = message;
  const finishReason = FINISH_REASONS.get(choice['finish_reason']) ?? 'stop';
  const refused = isText(refusal);
  // Filtered, refused, or all tokens spent on reasoning: then there need not be a text.
  if (typeof content !== 'string' && finishReason === 'stop' && !refused) throw malformed('no text and no refusal');
  return {
    text: typeof content === 'string' ? content : '',
    finishReason,
    ...(refused && { refusal: scrub(refusal, asked.secret) }),
    model: isText(body['model']) ? body['model'] : asked.model,
    usage: readUsage(body['usage']),
  };
}

function readUsage(usage: unknown): TokenUsage {
  const counts = isObject(usage) ? usage : {};
  const inputTokens = readCount(counts['prompt_tokens']);
  const details = isObject(counts['prompt_tokens_details']) ? counts['prompt_tokens_details'] : {};
  const cachedInputTokens = Math.min(readCount(details['cached_tokens']), inputTokens);
  return {
    inputTokens,
    outputTokens: readCount(counts['completion_tokens']),
    ...(cachedInputTokens > 0 && { cachedInputTokens }),
  };
}

function readCount(count: unknown): number {
  return typeof count === 'number' && Number.isSafeInteger(count) && count >= 0 ? count : 0;
}

function malformed(problem: string): ChatResponseError {
  return new ChatResponseError({ fault: 'malformed-body', message: `not a Chat Completions response: ${problem}` });
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== '';
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
