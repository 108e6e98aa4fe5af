import type { FailureFacts } from './error-table.ts';

/** Enough for every pattern of the error table. */
const MAX_MESSAGE_CHARS = 8_192;

/**
 * Reads an error's body: OpenAI's `{ error: { message, type, code } }`, old vLLM's `{ message, type, code }`, Ollama's
 * `{ error: "…" }`, or whatever else a server or proxy answers, as text.
 * @param body text, or JSON that is parsed already.
 * @param response absent where the error came in a 200: its own numeric code is the status then.
 */
export function factsOfErrorBody(body: unknown, response?: { status: number; headers: Headers }): FailureFacts {
  const parsed = typeof body === 'string' ? parse(body) : body;
  const error: unknown = isObject(parsed) ? (parsed['error'] ?? parsed) : parsed;
  const fields = isObject(error) ? error : {};
  const code = textOf(fields['code']);
  return {
    status: response?.status ?? statusOf(code),
    headers: response?.headers,
    code,
    type: textOf(fields['type']),
    message: (textOf(fields['message'] ?? error) ?? 'no message').slice(0, MAX_MESSAGE_CHARS),
  };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

function textOf(value: unknown): string | undefined {
  if (value === undefined || value === null || value === '') return undefined;
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function statusOf(code: string | undefined): number | undefined {
  return code !== undefined && /^[45]\d\d$/.test(code) ? Number(code) : undefined;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
