import type { CompletionRequest } from '../contracts/completion.ts';

/** Tokenizers make no more than a token of three bytes of any language; real text takes about four for one. */
const BYTES_PER_TOKEN = 3;
/** Role, separators and the like, for each prompt message. */
const TOKENS_PER_MESSAGE = 8;

/**
 * No fewer tokens than a call can take, input and output together. No tokenizer: those for JavaScript take seconds for some
 * texts, and this is asked for every call.
 */
export function estimateTokens({ messages, maxOutputTokens, responseFormat }: CompletionRequest): number {
  let tokens = maxOutputTokens;
  for (const { content } of messages) {
    tokens += Math.ceil(Buffer.byteLength(content) / BYTES_PER_TOKEN) + TOKENS_PER_MESSAGE;
  }
  if (responseFormat !== undefined) {
    tokens += Math.ceil(Buffer.byteLength(JSON.stringify(responseFormat)) / BYTES_PER_TOKEN);
  }
  return tokens;
}
