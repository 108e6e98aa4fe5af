const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const OPENING_BRACKET = 0x5b;
const OPENING_BRACE = 0x7b;

/**
 * Whether a JSON text has more than `limit` values, without parsing it: what has too many is not worth the memory. Each value beyond
 * the first is behind a comma or an opening bracket; empty brackets count for two. Of what is no JSON the answer is any.
 */
export function hasMoreValuesThan(limit: number, json: Buffer): boolean {
  let values = 1;
  for (let at = 0; at < json.length; at += 1) {
    const byte = json[at];
    if (byte === QUOTE) at = endOfString(json, at);
    else if (byte === COMMA || byte === OPENING_BRACKET || byte === OPENING_BRACE) {
      values += 1;
      if (values > limit) return true;
    }
  }
  return false;
}

/** Most of a large text is in strings: the search for their ends is the engine's. */
function endOfString(json: Buffer, start: number): number {
  for (let from = start + 1; ;) {
    const end = json.indexOf(QUOTE, from);
    if (end === -1) return json.length;
    let backslashes = 0;
    while (json[end - 1 - backslashes] === BACKSLASH) backslashes += 1;
    if (backslashes % 2 === 0) return end;
    from = end + 1;
  }
}
