import { createHash } from 'node:crypto';
import type { CompletionRequest } from '../contracts/completion.ts';

/** Whose answers they are. */
export interface AnswerSource {
  readonly provider: string;
  /** Absent: the provider's own. A stand-in's answers must not be taken for a provider's. */
  readonly baseUrl?: string | undefined;
  readonly model: string;
}

/**
 * The same for requests that differ in nothing the provider gets; 64 hexadecimal digits. The order of a schema's members
 * counts: models answer in it.
 */
export function requestKey({ provider, baseUrl, model }: AnswerSource, request: CompletionRequest): string {
  const { messages, maxOutputTokens, temperature, responseFormat } = request;
  const content = [
    [provider, baseUrl ?? null, model],
    messages.map(({ role, content }) => [role, content]),
    [maxOutputTokens, temperature ?? null],
    responseFormat === undefined ? null : [responseFormat.name, responseFormat.schema],
  ];
  return createHash('sha256').update(JSON.stringify(content)).digest('hex');
}
