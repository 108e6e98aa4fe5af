import { createHash } from 'node:crypto';
import type { OpenAiError } from './faults.ts';

/** What the stand-in reads of a `POST /v1/chat/completions` body. Everything else in it is ignored. */
export interface ChatRequest {
  readonly model: string;
  readonly messages: readonly ChatMessage[];
  /** The message that is asked about: the last user message, or, in a re-ask, the one the rejected answer belongs to. */
  readonly subject: string;
  /** Over the messages up to the subject. */
  readonly promptHash: string;
  readonly maxTokens: number | undefined;
  readonly schema: unknown;
  readonly wantsJson: boolean;
}
export interface ChatMessage {
  readonly role: string;
  readonly content: string;
}

export class ChatRequestError extends Error {
  readonly error: OpenAiError;
  constructor(message: string, detail: { param?: string; code?: string } = {}) {
    super(message);
    this.error = { message, type: 'invalid_request_error', param: detail.param ?? null, code: detail.code ?? null };
  }
}

/** @throws {ChatRequestError} with the body OpenAI would answer 400 with. */
export function parseChatRequest(body: string): ChatRequest {
  const request = parseObject(body);
  if (request['stream'] === true) {
    throw new ChatRequestError('The stand-in does not stream.', { param: 'stream', code: 'unsupported_value' });
  }
  const { model } = request;
  if (typeof model !== 'string' || model === '') throw missing('model');
  if (!Array.isArray(request['messages']) || request['messages'].length === 0) throw missing('messages');
  const messages = request['messages'].map(toMessage);
  const format = isRecord(request['response_format']) ? request['response_format'] : {};
  const schema = isRecord(format['json_schema']) ? format['json_schema']['schema'] : undefined;
  const wantsJson = format['type'] === 'json_schema' || format['type'] === 'json_object';
  if (format['type'] === 'json_schema' && !isRecord(schema)) throw missing('response_format.json_schema.schema');
  const subjectAt = subjectIndex(messages, wantsJson);
  const limit = request['max_completion_tokens'] ?? request['max_tokens'];
  return {
    model,
    messages,
    subject: messages[subjectAt]?.content ?? '',
    promptHash: hashOf(messages.slice(0, subjectAt + 1)),
    maxTokens: typeof limit === 'number' ? limit : undefined,
    schema,
    wantsJson,
  };
}

export const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function parseObject(body: string): Record<string, unknown> {
  try {
    const parsed: unknown = JSON.parse(body);
    if (isRecord(parsed)) return parsed;
  } catch {
    // Answered below: what was wrong with it does not matter to the caller.
  }
  throw new ChatRequestError('We could not parse the JSON body of your request.');
}

const missing = (param: string) =>
  new ChatRequestError(`Missing required parameter: '${param}'.`, { param, code: 'missing_required_parameter' });

function toMessage(message: unknown, index: number): ChatMessage {
  if (!isRecord(message) || typeof message['role'] !== 'string') throw missing(`messages[${String(index)}].role`);
  const { role, content } = message;
  if (typeof content === 'string') return { role, content };
  const parts: unknown[] = Array.isArray(content) ? content : [];
  const texts = parts.map((part) => (isRecord(part) && typeof part['text'] === 'string' ? part['text'] : ''));
  return { role, content: texts.join('\n') };
}

/**
 * A re-ask after a rejected answer ends in: user (the message), assistant (what was rejected), user (what to correct).
 * Few-shot examples look the same, except that their assistant messages are JSON.
 */
function subjectIndex(messages: readonly ChatMessage[], wantsJson: boolean): number {
  const last = messages.findLastIndex((message) => message.role === 'user');
  const rejected = messages[last - 1];
  const isReAsk = wantsJson && rejected?.role === 'assistant' && !isJson(rejected.content);
  return isReAsk ? messages.findLastIndex((message, index) => message.role === 'user' && index < last) : last;
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

function hashOf(messages: readonly ChatMessage[]): string {
  const hash = createHash('sha1');
  for (const message of messages) hash.update(message.role).update('\0').update(message.content).update('\0');
  return hash.digest('hex');
}
