/** Of a text that may be somebody else's. */
const MAX_TEXT_CHARS = 256;
/** Of a log line's message, and of an error's: they quote others, but say themselves what happened. */
const MAX_MESSAGE_CHARS = 1_000;
const MAX_STACK_CHARS = 4_000;
const MAX_DEPTH = 5;
const MAX_MEMBERS = 50;
const MAX_CAUSES = 5;
const SECRET = '[secret]';
/** Shorter ones would be found in everything. */
const MIN_SECRET_CHARS = 6;
/** What a terminal would obey, and what turns the direction of text: JSON escapes only the first 32 of them. */
const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu;

export interface FieldCleaner {
  /** Of a line's message. */
  readonly message: (text: string) => string;
  /** Of its fields, whatever they are. */
  readonly fields: (value: unknown) => unknown;
}

/**
 * Makes log lines safe to keep and to look at: bounded, on one line in any terminal, and without the process's own secrets, even
 * where a library quotes them in an error.
 */
export function createFieldCleaner(secrets: readonly string[]): FieldCleaner {
  const known = secrets.filter((secret) => secret.length >= MIN_SECRET_CHARS);

  function clean(text: string, maxChars: number, lineBreaks: 'kept' | 'escaped' = 'escaped'): string {
    // Before it is cut: half a secret is one, too.
    const open = known.reduce((rest, secret) => rest.replaceAll(secret, SECRET), text);
    const cut = open.length > maxChars ? `${open.slice(0, maxChars - 1).replace(/[\uD800-\uDBFF]$/, '')}…` : open;
    return cut.replace(UNPRINTABLE, (character) =>
      character === '\n' && lineBreaks === 'kept' ? character : escaped(character),
    );
  }

  function cleanError(error: Error, depth: number): object {
    const { name, message, stack, cause } = error;
    const { code } = error as { code?: unknown };
    return {
      type: name,
      message: clean(message, MAX_MESSAGE_CHARS),
      ...(stack !== undefined && { stack: clean(stack, MAX_STACK_CHARS, 'kept') }),
      ...((typeof code === 'string' || typeof code === 'number') && { code }),
      ...(cause !== undefined && depth < MAX_CAUSES && { cause: cleanValue(cause, depth + 1) }),
    };
  }

  function cleanValue(value: unknown, depth: number): unknown {
    if (typeof value === 'string') return clean(value, MAX_TEXT_CHARS);
    if (typeof value !== 'object' || value === null) return typeof value === 'bigint' ? String(value) : value;
    if (value instanceof Error) return cleanError(value, depth);
    if (value instanceof Date) return value;
    if (value instanceof Uint8Array) return `${String(value.byteLength)} bytes`;
    if (depth >= MAX_DEPTH) return '…';
    if (Array.isArray(value)) return value.slice(0, MAX_MEMBERS).map((item) => cleanValue(item, depth + 1));
    return Object.fromEntries(
      Object.entries(value)
        .slice(0, MAX_MEMBERS)
        .map(([name, item]) => [clean(name, MAX_TEXT_CHARS), cleanValue(item, depth + 1)]),
    );
  }

  return { message: (text) => clean(text, MAX_MESSAGE_CHARS), fields: (value) => cleanValue(value, 0) };
}

function escaped(character: string): string {
  return `\\u${(character.codePointAt(0) ?? 0).toString(16).padStart(4, '0')}`;
}
