import type { CompletionRequest } from '../contracts/completion.ts';

/**
 * How a provider's limit counts a call when it lets it in, with the output that the call allows: OpenAI takes the `larger` of
 * input and output, Azure and others their `sum`.
 */
export type TokenCounting = 'larger' | 'sum';

/** English has more than four, most languages at least two and a half; digits, emoji and base64 have one to two. */
const BYTES_PER_TOKEN = 3;
/** More than any text has. */
const MOST_BYTES_PER_TOKEN = 6;
/** Role, separators and the like, for each prompt message. */
const TOKENS_PER_MESSAGE = 8;

/**
 * What a call can take: a high estimate for prose. No tokenizer: those for JavaScript take seconds for some texts, and this is
 * asked for every call. What a text takes more shows when the call has ended.
 */
export function estimateTokens(request: CompletionRequest, counting: TokenCounting): number {
  const { messages, maxOutputTokens } = request;
  const input = Math.ceil(inputBytes(request) / BYTES_PER_TOKEN) + messages.length * TOKENS_PER_MESSAGE;
  return tokensCounted(input, maxOutputTokens, counting);
}

/** What a call takes at least, as providers count it when they let it in. */
export function leastTokens(request: CompletionRequest, counting: TokenCounting): number {
  return tokensCounted(Math.floor(inputBytes(request) / MOST_BYTES_PER_TOKEN), request.maxOutputTokens, counting);
}

export function tokensCounted(inputTokens: number, outputTokens: number, counting: TokenCounting): number {
  return counting === 'larger' ? Math.max(inputTokens, outputTokens) : inputTokens + outputTokens;
}

function inputBytes({ messages, responseFormat }: CompletionRequest): number {
  const schema = responseFormat === undefined ? '' : JSON.stringify(responseFormat);
  return messages.reduce((bytes, { content }) => bytes + Buffer.byteLength(content), Buffer.byteLength(schema));
}
