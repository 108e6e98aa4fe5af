import type { ChatCompletionCreateParamsNonStreaming } from 'openai/resources/chat/completions';
import type { CompletionRequest } from '../contracts/completion.ts';
import { qualifiesForStrict } from './strict-schema.ts';

/**
 * OpenAI's own hosts and Azure, whose newer models refuse `max_tokens`. Every other server of this API understands
 * `max_tokens`, and some ignore `max_completion_tokens`, which would leave the answer without a bound.
 */
const WANTS_MAX_COMPLETION_TOKENS = /(?:^|\.)(?:openai\.com|azure\.com)$/;
/** OpenAI's reasoning models answer 400 to any temperature but their own. */
const HAS_FIXED_TEMPERATURE = /^(?:o\d|gpt-5)/;

export interface ChatTarget {
  /** Host name of the base URL. */
  readonly host: string;
  readonly model: string;
}

/** The body of a Chat Completions call. */
export function toChatRequest(
  request: CompletionRequest,
  { host, model }: ChatTarget,
): ChatCompletionCreateParamsNonStreaming {
  const { temperature, responseFormat } = request;
  const tokenLimit = WANTS_MAX_COMPLETION_TOKENS.test(host) ? 'max_completion_tokens' : 'max_tokens';
  return {
    model,
    messages: request.messages.map(({ role, content }) => ({ role, content })),
    [tokenLimit]: request.maxOutputTokens,
    ...(temperature !== undefined && !HAS_FIXED_TEMPERATURE.test(model) && { temperature }),
    ...(responseFormat && {
      response_format: {
        type: 'json_schema',
        json_schema: { ...responseFormat, strict: qualifiesForStrict(responseFormat.schema) },
      },
    }),
  };
}
